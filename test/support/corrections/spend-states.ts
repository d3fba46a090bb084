import { FRAME_BYTES, spendStateCodec, TOPICS } from '@meterline/contract'
import type { ScopeId, SpendState } from '@meterline/domain'
import { sqlText, scopeCondition } from '@meterline/domain'
import { createKafkaClient, readLog } from '@meterline/kafka'

import type { Meterline } from '../meterline.ts'

/** The newest standing of every scope on `spend.state`. */
export async function readSpendStates({ credentials }: Meterline): Promise<ReadonlyMap<ScopeId, SpendState>> {
  const client = createKafkaClient({ brokers: credentials.kafka_brokers.split(','), clientId: 'states-test' })
  const states = new Map<ScopeId, SpendState>()
  try {
    const topic = TOPICS.spendState.name
    for (const partition of await client.reads.partitionsOf(topic)) {
      for await (const records of readLog(client, { topic, partition, to: 'end' })) {
        for (const { value } of records) {
          if (value === null) continue
          const state = spendStateCodec.decode(value.subarray(FRAME_BYTES))
          states.set(state.scope, state)
        }
      }
    }
  } finally {
    await client.close()
  }
  return states
}

const SECOND_MS = 1_000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** Pane and length of each window (domain.md §5): the pane that holds `as_of`, and those before it. */
const WINDOWS = {
  '1m': [SECOND_MS, 60],
  '5m': [SECOND_MS, 300],
  '15m': [SECOND_MS, 900],
  '30m': [MINUTE_MS, 30],
  '1h': [MINUTE_MS, 60],
  '6h': [MINUTE_MS, 360],
  '24h': [MINUTE_MS, 1_440],
  '3d': [HOUR_MS, 72],
  '7d': [HOUR_MS, 168],
  '30d': [HOUR_MS, 720],
} as const

/** The same figures out of `usage`, as of the same moment, as texts by name. */
export async function figuresInSql(
  meterline: Meterline,
  { scope, as_of }: SpendState,
  timeZone: string,
): Promise<Record<string, string>> {
  const zone = sqlText(timeZone)
  const asOf = `fromUnixTimestamp64Milli(${as_of}, ${zone})`
  const within = (paneMs: number, panes: number): string =>
    `intDiv(toUnixTimestamp64Milli(timestamp), ${paneMs}) > ${Math.floor(as_of / paneMs) - panes}`
  const figures = [
    ...Object.entries(WINDOWS).map(
      ([name, [paneMs, panes]]) => `sumIf(credits_micro, ${within(paneMs, panes)}) AS \`${name}\``,
    ),
    `sumIf(credits_micro, toDate(timestamp, ${zone}) = toDate(${asOf})) AS day`,
    `sumIf(credits_micro, toStartOfMonth(timestamp, ${zone}) = toStartOfMonth(${asOf})) AS month`,
    `sumIf(requests, ${within(MINUTE_MS, 1_440)}) AS requests_24h`,
    `toUnixTimestamp(toStartOfDay(${asOf})) * 1000 AS day_start`,
    `toUnixTimestamp(toStartOfMonth(${asOf})::DateTime(${zone})) * 1000 AS month_start`,
  ]
  const [row] = await meterline.sql<Record<string, string>>(
    `SELECT ${figures.join(', ')} FROM usage WHERE ${scopeCondition(scope)}`,
  )
  return row ?? {}
}

export function figuresInStream(state: SpendState): Record<string, string> {
  const figures = {
    ...state.windows,
    day: state.day_credits_micro,
    month: state.month_credits_micro,
    requests_24h: state.requests_24h,
    day_start: state.day_start,
    month_start: state.month_start,
  }
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)]))
}
