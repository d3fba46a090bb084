import { TOPICS } from '@meterline/contract'
import { z } from 'zod'

import type { Source } from '../exactly-once/source.ts'
import { rowBinarySource } from './row-binary-source.ts'

const NAME = 'String'

/** The fields that have columns; the rest is in `raw`. */
const alertEvent = z.looseObject({
  data: z.looseObject({
    at: z.iso.datetime(),
    id: z.string(),
    version: z.int().min(0).max(0x7fff_ffff),
    state: z.string(),
    severity: z.string(),
    rule: z.string(),
    scope: z.string(),
    organization: z.string(),
    allocation_id: z.string().nullable(),
    threshold: z.number(),
    current_usage_micro: z.int(),
    monthly_allocation_micro: z.int().nullable(),
    observed: z.number(),
    baseline: z.looseObject({ mean: z.number(), stddev: z.number(), samples: z.int() }).nullable(),
    z: z.number().nullable(),
    window: z.string(),
    period: z.string(),
    notify: z.array(z.string()),
    action: z.looseObject({ type: z.string() }).nullable(),
    evidence: z.looseObject({ sql: z.string() }),
  }),
})

/** spend.alert → alerts: every version of every alert. */
export function alertsSource(): Source {
  return rowBinarySource({
    topic: TOPICS.spendAlert.name,
    unstorable: 'reject',
    table: {
      name: 'alerts',
      timeColumn: 'at',
      columns: [
        ['at', "DateTime64(3, 'UTC')"],
        ['id', 'String'],
        ['version', 'Int32'],
        ['state', NAME],
        ['severity', NAME],
        ['rule', NAME],
        ['scope', NAME],
        ['organization', NAME],
        ['allocation_id', 'Nullable(String)'],
        ['threshold', 'Float64'],
        ['current_usage_micro', 'Int64'],
        ['monthly_allocation_micro', 'Nullable(Int64)'],
        ['observed', 'Float64'],
        ['baseline_mean', 'Nullable(Float64)'],
        ['baseline_stddev', 'Nullable(Float64)'],
        ['baseline_samples', 'Nullable(Int64)'],
        ['z', 'Nullable(Float64)'],
        ['window', NAME],
        ['period', NAME],
        ['notify', 'Array(String)'],
        ['action_type', 'Nullable(String)'],
        ['evidence_sql', 'String'],
        ['raw', 'String'],
      ],
    },
    write: ({ value }, row) => {
      if (value === null) throw new TypeError('spend.alert holds no deletions')
      const { data } = alertEvent.parse(JSON.parse(value.toString('utf8')))
      const atMs = Date.parse(data.at)
      row.int64(atMs)
      row.string(data.id)
      row.int32(data.version)
      for (const text of [data.state, data.severity, data.rule, data.scope, data.organization])
        row.string(text)
      row.nullable(data.allocation_id, (id) => row.string(id))
      row.float64(data.threshold)
      row.int64(data.current_usage_micro)
      row.nullable(data.monthly_allocation_micro, (micro) => row.int64(micro))
      row.float64(data.observed)
      row.nullable(data.baseline?.mean ?? null, (mean) => row.float64(mean))
      row.nullable(data.baseline?.stddev ?? null, (stddev) => row.float64(stddev))
      row.nullable(data.baseline?.samples ?? null, (samples) => row.int64(samples))
      row.nullable(data.z, (z) => row.float64(z))
      row.string(data.window)
      row.string(data.period)
      row.strings(data.notify)
      row.nullable(data.action?.type ?? null, (type) => row.string(type))
      row.string(data.evidence.sql)
      row.string(value)
      return atMs
    },
  })
}
