import { createClickhouse, loadBlock } from '@meterline/clickhouse'
import { readFileSync } from 'node:fs'

import type { Row } from '../exactly-once/source.ts'
import { usageSource } from '../tables/usage-source.ts'
import { runTestSink } from './run-sink.ts'
import { createSinkWorld, eventually } from './sink-world.ts'
import type { SinkAddresses, SinkWorld } from './sink-world.ts'
import { sampleValue } from './usage-sample.ts'

export interface SinkBench {
  readonly records: number
  readonly bytesPerRecord: number
  /** Kafka to ClickHouse, exactly once, positions committed. */
  readonly sinkPerSecond: number
  /** The same bytes, wrapped before the clock starts, inserted by two connections at once. */
  readonly rawInsertPerSecond: number
  readonly ratio: number
  /** Processor time of this process while the sink ran: everything but broker and engine. */
  readonly sinkCpuMicrosPerRecord: number
  /** Processor time of the engine's inserts, from its query log. */
  readonly engineCpuMicrosPerRecord: number
}

const STEP_MS = 10
const BLOCK_ROWS = 65_536
const RAW_LANES = 2
const SAME_SCHEMA = { prepare: () => Promise.resolve(), of: () => ({ kind: 'same' }) as const }

/** How fast the sink empties a topic, beside how fast the engine alone takes the same rows, in one run. */
export async function benchSink(
  servers: SinkAddresses,
  options: { readonly records: number; readonly partitions: number },
): Promise<SinkBench> {
  const { records, partitions } = options
  const world = await createSinkWorld(servers, partitions)
  try {
    const bytesPerRecord = await fill(world, records)
    const sink = await runSink(world, records)
    const engineCpuMicrosPerRecord = await engineCpu(world)
    const rawInsertPerSecond = await insertRaw(world, records)
    const ratio = sink.perSecond / rawInsertPerSecond
    return {
      records,
      bytesPerRecord,
      sinkPerSecond: sink.perSecond,
      rawInsertPerSecond,
      ratio,
      sinkCpuMicrosPerRecord: sink.cpuMicros / records,
      engineCpuMicrosPerRecord,
    }
  } finally {
    await world.close()
  }
}

async function fill(world: SinkWorld, records: number): Promise<number> {
  let bytes = 0
  const chunk = 5_000 * world.partitions
  for (let from = 0; from < records; from += chunk) {
    const batches = Array.from({ length: world.partitions }, () => [] as { key: string; value: Buffer }[])
    for (let i = from; i < Math.min(records, from + chunk); i += 1) {
      const value = sampleValue(i, undefined, STEP_MS)
      bytes += value.length
      batches[i % world.partitions]?.push({ key: `req_${i}`, value })
    }
    await Promise.all(
      batches.map((messages, partition) => world.write(world.topics.usage, partition, messages)),
    )
  }
  return bytes / records
}

async function runSink(world: SinkWorld, records: number): Promise<{ perSecond: number; cpuMicros: number }> {
  const { addresses, topics, partitions, name } = world
  const bounds = { maxRows: BLOCK_ROWS, maxBytes: 48 * 1024 * 1024, maxMonths: 60, maxAgeMs: 500 }
  const sink = await runTestSink({
    addresses,
    topics,
    partitions,
    bounds,
    groupPrefix: name,
    leaseMs: 5_000,
    onlyUsage: true,
  })
  const stored = () => Promise.resolve(sink.pipeline.progress().storedRows)
  // The clock starts with the first partition: joining the group is not throughput.
  const opened = () => Promise.resolve(sink.happened.includes('partition opened'))
  await eventually(opened, (isOpen) => isOpen)
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  await eventually(stored, (rows) => rows >= records, 600_000)
  const seconds = (performance.now() - startMs) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  await sink.stop()
  const rows = await world.count('SELECT count() FROM usage')
  if (rows !== records) throw new Error(`${rows} rows where ${records} were written`)
  return { perSecond: records / seconds, cpuMicros: user + system }
}

async function engineCpu(world: SinkWorld): Promise<number> {
  await world.clickhouse.command('SYSTEM FLUSH LOGS')
  return world.count(
    `SELECT sum(ProfileEvents['OSCPUVirtualTimeMicroseconds']) / sum(written_rows) FROM system.query_log
     WHERE type = 'QueryFinish' AND startsWith(query_id, 'sink/${world.topics.usage}/')`,
  )
}

async function insertRaw(world: SinkWorld, records: number): Promise<number> {
  const { url, user: username, password, database } = world.addresses.clickhouse
  const clickhouse = createClickhouse({ url, database, username, password })
  const source = usageSource(SAME_SCHEMA)
  await clickhouse.command('CREATE TABLE usage_raw AS usage')
  const blocks = Math.max(1, Math.floor(records / BLOCK_ROWS))
  const rows: Row[] = Array.from({ length: Math.min(BLOCK_ROWS, records) }, (_, offset) => {
    const datum = sampleValue(offset, undefined, STEP_MS)
    const record = { partition: 0, offset, timestampMs: 0, key: null, value: datum, headers: {} }
    return { record, eventMs: 0, datum, start: 5 }
  })
  const body = source.encode(rows, 0)
  let next = 0
  async function lane(): Promise<void> {
    for (let block = next++; block < blocks; block = next++) {
      await loadBlock(clickhouse, {
        table: { ...source.table, name: 'usage_raw' },
        body,
        deadlineMs: Date.now() + 60_000,
        queryId: `bench/${world.name}/${block}`,
        timeoutMs: 60_000,
      })
    }
  }
  const startMs = performance.now()
  await Promise.all(Array.from({ length: RAW_LANES }, lane))
  const seconds = (performance.now() - startMs) / 1_000
  await clickhouse.close()
  return (blocks * rows.length) / seconds
}

if (import.meta.main) {
  const [file = '', records = '1000000', partitions = '8'] = process.argv.slice(2)
  const servers = JSON.parse(readFileSync(file, 'utf8')) as SinkAddresses
  const figures = await benchSink(servers, { records: Number(records), partitions: Number(partitions) })
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
}
