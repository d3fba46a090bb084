import { encodeSpendRecord, frame } from '@meterline/contract'
import type { BudgetPolicy, PolicyRecord, SpendDelta, SpendRecord } from '@meterline/domain'
import { createRandom } from '@meterline/simulation'
import type { LogRecord } from '@meterline/topology'

/** Event time goes by at this rate, so that panes of every length are closed on the way. */
const DELTAS_PER_EVENT_SECOND = 2_500

/** Spend of teams, which anomalies are looked for in, each about as often as the others; all without drivers. */
export function teamDeltas(of: TeamSpend): (index: number) => LogRecord {
  const next = teamSpend(of)
  return (index) => toRecord(next(index), index + 1)
}

export interface TeamSpend {
  readonly teams: number
  readonly deltas: number
  readonly endMs: number
}

/** The same, decoded. */
export function teamSpend(of: TeamSpend): (index: number) => SpendDelta {
  const random = createRandom(`teams ${of.teams}`)
  const startMs = of.endMs - (of.deltas / DELTAS_PER_EVENT_SECOND) * 1_000
  return (index) => {
    const second = Math.floor((startMs + (index * 1_000) / DELTAS_PER_EVENT_SECOND) / 1_000)
    const input = 1 + random.below(4_000)
    return {
      kind: 'delta',
      scope: `team:team-${random.below(of.teams)}`,
      pane_start: second * 1_000,
      credits_micro: 1 + random.below(2_000_000),
      requests: 1 + random.below(3),
      unrated_requests: 0,
      units: { tokens_input: input, tokens_input_cached: input >> 2, tokens_output: input >> 3 },
      drivers: [],
    }
  }
}

/** The budgets in force, from before all deltas: a newer one would make them late. */
export function burnPolicyRecord(endMs: number): LogRecord {
  return toRecord(burnPolicy(endMs), 0)
}

export function burnPolicy(endMs: number): PolicyRecord {
  const policy: BudgetPolicy = { organization: 'bench', reporting_time_zone: 'UTC', allocations: [] }
  return {
    kind: 'policy',
    pane_start: endMs - 24 * 3_600_000,
    policy: JSON.stringify(policy),
    policy_offset: 0,
  }
}

function toRecord(record: SpendRecord, offset: number): LogRecord {
  return {
    partition: 0,
    offset,
    timestampMs: record.pane_start,
    key: record.kind === 'delta' ? Buffer.from(record.scope) : null,
    value: frame(1, encodeSpendRecord(record)),
    headers: {},
  }
}
