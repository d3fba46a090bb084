import { decodeSpendRecord, FRAME_BYTES, HEADERS, meteredUsageCodec, TOPICS } from '@meterline/contract'
import type { LogRecord } from '@meterline/topology'

import type { StoredRow } from '../clickhouse/sim-clickhouse.ts'
import type { SimKafka } from '../kafka/sim-kafka.ts'
import { differences } from './differences.ts'
import type { ExpectedUsage } from './expected-usage.ts'

/** Each request metered once and each correction twice, where it came in, for what it costs. */
export function checkMetered(kafka: SimKafka, { metered }: ExpectedUsage): string[] {
  const found = kafka.records(TOPICS.usageMetered.name).map(({ partition, value }) => {
    const usage = meteredUsageCodec.decode(value!.subarray(FRAME_BYTES))
    return `${usage.request_id} in ${partition} for ${usage.credits_micro} in ${usage.requests}`
  })
  const expected = [...metered].flatMap(([id, { partition, records }]) =>
    records.map(({ creditsMicro, requests }) => `${id} in ${partition} for ${creditsMicro} in ${requests}`),
  )
  return differences('metered', expected, found)
}

/** The sum of all deltas of a scope, however they were cut. */
export function checkDeltas(kafka: SimKafka, { spend }: ExpectedUsage): string[] {
  const sums = new Map<string, { creditsMicro: number; requests: number }>()
  for (const { value } of kafka.records(TOPICS.spendDelta.name)) {
    const record = decodeSpendRecord(value!.subarray(FRAME_BYTES))
    if (record.kind !== 'delta') continue
    const sum = sums.get(record.scope) ?? { creditsMicro: 0, requests: 0 }
    sum.creditsMicro += record.credits_micro
    sum.requests += record.requests
    sums.set(record.scope, sum)
  }
  return differences('spend', [...spend].map(sumText), [...sums].map(sumText))
}

const sumText = ([scope, { creditsMicro, requests }]: readonly [
  string,
  { readonly creditsMicro: number; readonly requests: number },
]): string => `${scope}: ${creditsMicro} in ${requests}`

/** Every metered record is a row, once, but for those that the server will never take: they are rejected, once. */
export function checkRows(kafka: SimKafka, rows: readonly StoredRow[], { metered }: ExpectedUsage): string[] {
  const records = kafka.records(TOPICS.usageMetered.name).map((record) => {
    const usage = meteredUsageCodec.decode(record.value!.subarray(FRAME_BYTES))
    return { record, isStorable: metered.get(usage.request_id)?.isStorable !== false }
  })
  const storable = records.filter(({ isStorable }) => isStorable).map(({ record }) => placeOf(record))
  return differences('row', storable, rows.map(placeOf))
}

/** By meter: what nobody can meter. By the sink: what the server will never take. */
export function checkRejected(kafka: SimKafka, expected: ExpectedUsage): string[] {
  const unstorable = kafka.records(TOPICS.usageMetered.name).filter(({ value }) => {
    const usage = meteredUsageCodec.decode(value!.subarray(FRAME_BYTES))
    return expected.metered.get(usage.request_id)?.isStorable === false
  })
  const found = kafka.records(TOPICS.usageRejected.name).map(({ headers }) => {
    const [topic, partition, offset] = [
      HEADERS.sourceTopic,
      HEADERS.sourcePartition,
      HEADERS.sourceOffset,
    ].map((name) => headers[name]?.toString())
    return `${topic}/${partition}/${offset}`
  })
  const bySink = unstorable.map((record) => `${TOPICS.usageMetered.name}/${placeOf(record)}`)
  return differences('rejected', [...expected.rejected, ...bySink], found)
}

const placeOf = ({ partition, offset }: Pick<LogRecord, 'partition' | 'offset'>): string =>
  `${partition}/${offset}`
