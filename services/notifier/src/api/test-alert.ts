import type { Message } from '../channels/sender.ts'

const MICRO = 1_000_000

/** What a test of a channel sends: the shape of an alert, and nothing that happened. */
export function testMessage(options: {
  readonly id: string
  readonly organization: string
  readonly nowMs: number
}): Message {
  const { id, organization, nowMs } = options
  const at = new Date(nowMs).toISOString()
  return {
    id,
    occasion: 'test',
    group: 'test',
    attemptAtMs: nowMs,
    accepted: [],
    alerts: [
      {
        event: 'spend.alert',
        severity: 'info',
        allocation_id: null,
        threshold: 0.5,
        current_usage: 50,
        monthly_allocation: 100,
        action: null,
        notify: [],
        id: `alert_${'0'.repeat(24)}`,
        version: 1,
        state: 'firing',
        rule: 'budget_threshold',
        scope: `org:${organization}`,
        organization,
        window: 'month',
        period: at.slice(0, 7),
        at,
        observed: 0.5,
        current_usage_micro: 50 * MICRO,
        monthly_allocation_micro: 100 * MICRO,
        baseline: null,
        z: null,
        superseded_by: null,
        drivers: [],
        evidence: { sql: 'SELECT 1' },
      },
    ],
  }
}
