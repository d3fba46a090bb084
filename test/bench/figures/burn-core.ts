import { encodeSpendRecord, frame } from '@meterline/contract'
import type { BudgetPolicy, SpendRecord } from '@meterline/domain'
import type { LogRecord } from '@meterline/topology'

import { burnTopology } from '../../../services/processor/src/burn/topology.ts'
import { WIDE_SCOPES, wideDeltas } from '../load/wide-deltas.ts'
import { cpuSecondsOf } from '../measure/own-cpu.ts'
import { median } from '../measure/statistics.ts'
import type { RateFigure } from '../report/figure.ts'

const DELTAS = 200_000
const WARM_UP_DELTAS = 40_000
const ROUNDS = 3
/** As many as one transaction of the service commits at most. */
const BATCH_RECORDS = 5_000
const AIM_PER_SECOND = 1_000_000

/** Burn's topology in this process: from encoded deltas to encoded outputs, without Kafka. */
export function measureBurnCore(): RateFigure {
  const endMs = Date.now()
  const deltas = wideDeltas({ seed: 'core', count: DELTAS, endMs })
  const records = [policyAt(endMs), ...deltas].map(toRecord)
  const rounds = Array.from({ length: ROUNDS }, () => rateOf(records))
  return {
    kind: 'rate',
    name: `burn, pure core, ${WIDE_SCOPES} scopes`,
    unit: 'deltas per second of CPU',
    ours: median(rounds),
    rounds,
    limits: [],
    aim: AIM_PER_SECOND,
    cpuMicros: { 'this process': 1e6 / median(rounds) },
    notes: ['decode, windows, scores, budgets, encode of state and changelog; batches of 5,000'],
  }
}

function rateOf(records: readonly LogRecord[]): number {
  const task = burnTopology({ spendState: 1, burnChangelog: 2, spendLease: 3 }).create(0)
  const run = (from: number, to: number): void => {
    for (let at = from; at < to; at += BATCH_RECORDS) task.process(records.slice(at, at + BATCH_RECORDS))
  }
  run(0, WARM_UP_DELTAS)
  return (records.length - WARM_UP_DELTAS) / cpuSecondsOf(() => run(WARM_UP_DELTAS, records.length))
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

function policyAt(endMs: number): SpendRecord {
  const policy: BudgetPolicy = { organization: 'bench', reporting_time_zone: 'UTC', allocations: [] }
  return {
    kind: 'policy',
    // Event time begins here: a policy from after the deltas would make all of them late.
    pane_start: endMs - (DELTAS / 1_000) * 1_000,
    policy: JSON.stringify(policy),
    policy_offset: 0,
  }
}
