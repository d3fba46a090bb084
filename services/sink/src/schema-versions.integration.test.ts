import { avroType, createRegistryClient, frame, schemaText, TOPICS } from '@meterline/contract'
import { ensureTopics } from '@meterline/kafka'
import { findFreePorts } from '@meterline/local-stack'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, expect, inject, test } from 'vitest'

import { runTestSink, type RunningTestSink } from './testing/run-sink.ts'
import { createSinkWorld, eventually, type SinkWorld } from './testing/sink-world.ts'
import { sampleUsage } from './testing/usage-sample.ts'

const REGISTRY = join(import.meta.dirname, '../../registry/src/main.ts')
const RECORDS = 30

let world: SinkWorld | undefined
let sink: RunningTestSink | undefined
let registry: ChildProcess | undefined
afterEach(async () => {
  await sink?.stop()
  await world?.close()
  if (registry !== undefined && registry.exitCode === null) {
    const exited = once(registry, 'exit')
    registry.kill()
    await exited
  }
  sink = world = registry = undefined
})

test('records of an older and of a newer schema become the same rows as those of ours', async () => {
  const here = (world = await createSinkWorld(inject('stack'), 1))
  const registryUrl = await startRegistry(here)
  const client = createRegistryClient({ url: registryUrl })
  const ours = schemaText('metered-usage.avsc')
  const writers = await Promise.all(
    [ours, olderSchema(ours), newerSchema(ours)].map(async (schema) => ({
      type: avroType(schema),
      id: await client.register(`${here.topics.usage}-value`, schema),
    })),
  )
  expect(new Set(writers.map(({ id }) => id)).size).toBe(writers.length)

  // In turn, so that every range of the sink has all of them; the damaged ones in between must not get in.
  const messages = Array.from({ length: RECORDS }, (_, i) => i).flatMap((i) => {
    const writer = writers[i % writers.length]!
    const usage = {
      ...sampleUsage(i),
      region: 'eu',
      rating: i % 3 === 2 ? 'estimated' : sampleUsage(i).rating,
    }
    const value = frame(writer.id, writer.type.toBuffer(usage))
    const damaged = i < 3 ? [{ key: `damaged ${i}`, value: withHugeMapCount(value) }] : []
    return [{ key: usage.request_id, value }, ...damaged]
  })
  await here.write(here.topics.usage, 0, messages)
  sink = await runTestSink({
    addresses: here.addresses,
    topics: here.topics,
    partitions: 1,
    bounds: { maxRows: 3_000, maxBytes: 8_000_000, maxMonths: 60, maxAgeMs: 200 },
    groupPrefix: here.name,
    leaseMs: 5_000,
    registryUrl,
  })

  await eventually(
    () => here.count('SELECT (SELECT count() FROM usage) + (SELECT count() FROM rejected)'),
    (n) => n >= messages.length,
  )
  const rows = await here.clickhouse.rows<{ request_id: string; team: string; rating: string }>(
    'SELECT * FROM usage ORDER BY request_id',
  )
  expect(rows).toHaveLength(RECORDS)
  rows.forEach((row, i) => {
    // Times and decimals have forms of their own in a row.
    const { timestamp: _timestamp, ingested_at: _at, credits_consumed: _credits, ...wanted } = sampleUsage(i)
    // What the older schema does not have, and the symbol of the newer one that we do not know, are the defaults.
    const asRead = [{}, { unrated_meters: [] }, { rating: 'unrated' }][i % 3]
    expect(row).toMatchObject({ ...wanted, ...asRead })
  })
  const rejected = await here.clickhouse.rows('SELECT key, reason FROM rejected ORDER BY key')
  expect(rejected).toEqual([0, 1, 2].map((i) => ({ key: `damaged ${i}`, reason: 'undecodable' })))
})

async function startRegistry({ kafka, addresses }: SinkWorld): Promise<string> {
  const config = { 'cleanup.policy': 'compact' }
  await ensureTopics(kafka, [{ name: TOPICS.registryLog.name, partitions: 1, replicationFactor: 1, config }])
  const [port] = await findFreePorts(1)
  registry = spawn(process.execPath, [REGISTRY], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { KAFKA_BROKERS: addresses.kafkaBrokers.join(','), REGISTRY_PORT: String(port), LOG_LEVEL: 'warn' },
  })
  const url = `http://127.0.0.1:${port}`
  await eventually(
    () => fetch(`${url}/subjects`),
    ({ ok }) => ok,
  )
  return url
}

interface Schema {
  readonly fields: readonly { readonly name: string }[]
}

/** Before `unrated_meters`, which has a default for this. */
function olderSchema(text: string): string {
  const schema = JSON.parse(text) as Schema
  return JSON.stringify({ ...schema, fields: schema.fields.filter(({ name }) => name !== 'unrated_meters') })
}

/** One field and one symbol more than this version knows, by the rules of schemas/README.md. */
function newerSchema(text: string): string {
  const schema = JSON.parse(text, (name, value: unknown) =>
    name === 'symbols' && Array.isArray(value) && value.includes('unrated') ? [...value, 'estimated'] : value,
  ) as Schema
  const region = { name: 'region', type: ['null', 'string'], default: null }
  return JSON.stringify({ ...schema, fields: [...schema.fields, region] })
}

/** The count of units made 2^30, which no decoder may set out to count to. */
function withHugeMapCount(value: Buffer): Buffer {
  const at = value.indexOf('tokens_input') - 2
  const count = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x08])
  return Buffer.concat([value.subarray(0, at), count, value.subarray(at + 1)])
}
