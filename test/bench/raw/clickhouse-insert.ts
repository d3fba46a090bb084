import { loadBlock } from '@meterline/clickhouse'
import type { Clickhouse } from '@meterline/clickhouse'
import { FRAME_BYTES, schemaText } from '@meterline/contract'
import { readLog } from '@meterline/kafka'

import { createContainerEncoder } from '../../../services/sink/src/avro/container.ts'
import { usageTable } from '../../../services/sink/src/tables/usage-table.ts'
import type { BenchStack } from '../stack/bench-stack.ts'

export interface LogSpan {
  readonly topic: string
  readonly partition: number
  readonly fromOffset: number
}

export interface InsertResult {
  readonly rows: number
  readonly seconds: number
}

const RAW_TABLE = 'bench_raw_usage'
/** As many as the sink has under way on this many cores; more of them only wait for each other. */
const CONCURRENT_INSERTS = 2
const INSERT_TIMEOUT_MS = 60_000

/** What ClickHouse itself takes: the sink's own statement and block size, from memory into a table like `usage`. */
export async function insertFromMemory(
  stack: BenchStack,
  spans: readonly LogSpan[],
  blockRows: number,
): Promise<InsertResult> {
  const blocks = await containersOf(stack, spans, blockRows)
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0)
  const { clickhouse } = stack
  await clickhouse.command(`DROP TABLE IF EXISTS ${RAW_TABLE} SYNC`)
  await clickhouse.command(`CREATE TABLE ${RAW_TABLE} AS usage`)
  const startMs = performance.now()
  let next = 0
  const worker = async (): Promise<void> => {
    for (let block = blocks[next++]; block !== undefined; block = blocks[next++]) {
      await insert(clickhouse, block.bytes, next)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT_INSERTS }, worker))
  const seconds = (performance.now() - startMs) / 1_000
  await clickhouse.command(`DROP TABLE ${RAW_TABLE} SYNC`)
  return { rows, seconds }
}

async function insert(clickhouse: Clickhouse, body: Buffer, block: number): Promise<void> {
  await loadBlock(clickhouse, {
    table: { ...usageTable, name: RAW_TABLE },
    body: [body],
    deadlineMs: Date.now() + INSERT_TIMEOUT_MS,
    queryId: `bench/${process.pid}/${performance.now()}/${block}`,
    timeoutMs: INSERT_TIMEOUT_MS,
  })
}

async function containersOf(
  stack: BenchStack,
  spans: readonly LogSpan[],
  blockRows: number,
): Promise<{ bytes: Buffer; rows: number }[]> {
  const encode = createContainerEncoder(schemaText('metered-usage.avsc'))
  const blocks: { bytes: Buffer; rows: number }[] = []
  for (const { topic, partition, fromOffset } of spans) {
    let rows: { datum: Buffer; start: number; record: { offset: number } }[] = []
    const flush = (): void => {
      if (rows.length > 0)
        blocks.push({ bytes: Buffer.concat([...encode(rows, partition).pieces()]), rows: rows.length })
      rows = []
    }
    for await (const records of readLog(stack.kafka, { topic, partition, fromOffset, to: 'end' })) {
      for (const { value, offset } of records) {
        if (value !== null) rows.push({ datum: value, start: FRAME_BYTES, record: { offset } })
        if (rows.length >= blockRows) flush()
      }
    }
    flush()
  }
  return blocks
}
