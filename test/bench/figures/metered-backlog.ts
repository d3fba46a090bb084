import { TOPICS } from '@meterline/contract'
import { readLog, readLogBounds } from '@meterline/kafka'
import type { Admin } from 'kafkajs'

import type { Bench } from '../bench.ts'
import { committedOffsets } from '../measure/committed.ts'
import type { LogSpan } from '../raw/clickhouse-insert.ts'

const TOPIC = TOPICS.usageMetered.name
const SINK_GROUP = `sink.${TOPIC}`

/** From where the sink has come to, by partition. */
export async function waitingSpans({ stack }: Bench, admin: Admin): Promise<LogSpan[]> {
  const committed = await committedOffsets(admin, { groupId: SINK_GROUP, topic: TOPIC })
  return Promise.all(
    [...committed].map(async ([partition, offset]) => {
      const { low } = await readLogBounds(stack.kafka.reads, { topic: TOPIC, partition })
      return { topic: TOPIC, partition, fromOffset: Math.max(offset, low) }
    }),
  )
}

/** Another group begins where the sink stands. */
export async function beginAt(admin: Admin, groupId: string, spans: readonly LogSpan[]): Promise<void> {
  await admin.setOffsets({
    groupId,
    topic: TOPIC,
    partitions: spans.map(({ partition, fromOffset }) => ({ partition, offset: String(fromOffset) })),
  })
}

/** Committed records, transaction markers left out. */
export async function countRecords({ stack }: Bench, spans: readonly LogSpan[]): Promise<number> {
  let count = 0
  for (const span of spans) {
    for await (const records of readLog(stack.kafka, { ...span, to: 'end' })) count += records.length
  }
  return count
}

export async function countRows({ stack }: Bench, table: string): Promise<number> {
  const [row] = await stack.clickhouse.rows<{ rows: number }>(`SELECT count() AS rows FROM ${table}`)
  return row?.rows ?? 0
}
