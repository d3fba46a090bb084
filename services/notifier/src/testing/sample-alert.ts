import type { SpendAlert } from '@meterline/domain'

/** The alert of domain.md's own example, at 90 % of the Payments allocation. */
export function sampleAlert(changes: Partial<SpendAlert> = {}): SpendAlert {
  return {
    event: 'spend.alert',
    severity: 'critical',
    allocation_id: 'org-1234-bg-payments',
    threshold: 0.9,
    current_usage: 451_200,
    monthly_allocation: 500_000,
    action: { type: 'rate_limit', params: { scope: 'non-prod', max_rps: 10 } },
    notify: ['payments-finance@example.com', '#payments-ops'],
    id: 'alert_0123456789abcdef01234567',
    version: 1,
    state: 'firing',
    rule: 'budget_threshold',
    scope: 'billing_group:payments',
    organization: 'org-1234',
    window: 'month',
    period: '2026-11',
    at: '2026-11-21T08:00:00.000Z',
    observed: 0.9024,
    current_usage_micro: 451_200_000_000,
    monthly_allocation_micro: 500_000_000_000,
    baseline: null,
    z: null,
    superseded_by: null,
    drivers: [
      {
        dimension: 'model',
        value: 'gpt-5',
        credits_micro: 300_000_000_000,
        previous_credits_micro: 100_000_000_000,
      },
    ],
    evidence: { sql: 'SELECT 1' },
    ...changes,
  }
}
