import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import {
  createKafkaClient,
  createLogWriter,
  countBrokers,
  describeTopics,
  ensureTopics,
  openFencedLogWriter,
  readLog,
  readLogBounds,
  type KafkaClient,
} from '../index.ts'

let client: KafkaClient
let topic: string

beforeEach(async () => {
  topic = `writers-${randomUUID().slice(0, 8)}`
  client = createKafkaClient({ brokers: inject('stack').kafkaBrokers, clientId: 'writers-test' })
  await ensureTopics(client, [{ name: topic, partitions: 3, replicationFactor: 1, config: {} }])
})

afterEach(() => client.close())

test('what many callers send at once is there once, in each caller’s order', async () => {
  const writer = createLogWriter(client, { maxBatchBytes: 2_000 })
  await Promise.all(
    Array.from({ length: 50 }, (_, caller) =>
      writer.send(
        [0, 1, 2].map((partition) => ({
          topic,
          partition,
          messages: Array.from({ length: 20 }, (_, index) => ({
            key: `${caller}`,
            value: Buffer.from(String(index)),
          })),
        })),
      ),
    ),
  )
  expect(writer.queuedBytes()).toBe(0)
  await writer.close()
  for (const partition of [0, 1, 2]) {
    const records = await readAll(partition)
    expect(records).toHaveLength(1_000)
    for (let caller = 0; caller < 50; caller++) {
      const own = records.filter((record) => record.key === String(caller)).map((record) => record.value)
      expect(own).toEqual(Array.from({ length: 20 }, (_, index) => String(index)))
    }
  }
})

test('a record larger than the topic allows is refused, and neither its neighbours nor later ones suffer', async () => {
  const writer = createLogWriter(client)
  const large = writer.send([
    { topic, partition: 0, messages: [{ key: 'large', value: Buffer.alloc(2_000_000) }] },
  ])
  const small = writer.send([{ topic, partition: 0, messages: [{ key: 'small', value: null }] }])
  await expect(large).rejects.toMatchObject({ code: 'refused', retryable: false })
  await small
  await writer.send([{ topic, partition: 0, messages: [{ key: 'later', value: null }] }])
  await writer.close()
  expect((await readAll(0)).map((record) => record.key)).toEqual(['small', 'later'])
})

test('more than the queue may hold is refused at once as retryable', async () => {
  const writer = createLogWriter(client, { maxQueuedBytes: 1_000 })
  const first = writer.send([{ topic, partition: 0, messages: [{ key: 'a', value: Buffer.alloc(800) }] }])
  await expect(
    writer.send([{ topic, partition: 0, messages: [{ key: 'b', value: Buffer.alloc(800) }] }]),
  ).rejects.toMatchObject({
    code: 'full',
    retryable: true,
  })
  await first
  await writer.close()
})

test('the latest of two writers with one transactional id wins; the former is told it is fenced, for good', async () => {
  const former = await openFencedLogWriter(client, { transactionalId: topic, topic })
  await former.append([{ key: '1', value: null }])
  const latter = await openFencedLogWriter(client, { transactionalId: topic, topic })
  await expect(former.append([{ key: 'zombie', value: null }])).rejects.toMatchObject({ code: 'fenced' })
  await expect(former.append([{ key: 'zombie', value: null }])).rejects.toMatchObject({ code: 'fenced' })
  await Promise.all([latter.append([{ key: '2', value: null }]), latter.append([{ key: '3', value: null }])])
  await former.close()
  await latter.close()
  expect((await readAll(0)).map((record) => record.key)).toEqual(['1', '2', '3'])
  const { stable, high } = await readLogBounds(client.reads, { topic, partition: 0 })
  expect(stable).toBe(high)
})

test('a log is read from a time on, up to an offset, or not at all when nothing is there', async () => {
  const writer = createLogWriter(client)
  for (const timestampMs of [1_000, 2_000, 3_000]) {
    await writer.send([
      { topic, partition: 1, messages: [{ key: String(timestampMs), value: null, timestampMs }] },
    ])
  }
  await writer.close()
  expect((await readAll(1, { fromTimestampMs: 1_500 })).map((record) => record.key)).toEqual(['2000', '3000'])
  expect((await readAll(1, { fromOffset: 1, to: 1 })).map((record) => record.key)).toEqual(['2000'])
  expect(await readAll(1, { fromTimestampMs: 9_000 })).toEqual([])
  expect(await readAll(2)).toEqual([])
})

test('missing topics are created; others are left as they are and their drift is told', async () => {
  const wanted = { name: topic, partitions: 5, replicationFactor: 1, config: { 'retention.ms': '1000' } }
  const extra = {
    name: `${topic}.extra`,
    partitions: 1,
    replicationFactor: 1,
    config: { 'cleanup.policy': 'compact' },
  }
  const first = await ensureTopics(client, [wanted, extra])
  expect(first.created).toEqual([extra.name])
  expect(first.drift).toEqual([
    { topic, kind: 'partitions', wanted: 5, found: 3 },
    { topic, kind: 'config', name: 'retention.ms', wanted: '1000', found: expect.any(String) as string },
  ])
  expect((await ensureTopics(client, [extra])).created).toEqual([])
})

test('a description of topics tells what is missing and creates nothing', async () => {
  const absent = { name: `${topic}.absent`, partitions: 1, replicationFactor: 1, config: {} }
  const present = { name: topic, partitions: 3, replicationFactor: 3, config: {} }
  const described = {
    missing: [absent.name],
    drift: [{ topic, kind: 'replicas', wanted: 3, found: 1 }],
  }
  expect(await describeTopics(client, [absent, present])).toEqual(described)
  expect(await describeTopics(client, [absent, present])).toEqual(described)
  expect(await countBrokers(client)).toBe(1)
})

async function readAll(
  partition: number,
  range: { fromOffset?: number; fromTimestampMs?: number; to?: number } = {},
): Promise<{ key: string | undefined; value: string | undefined }[]> {
  const found: { key: string | undefined; value: string | undefined }[] = []
  for await (const records of readLog(client, { topic, partition, to: 'end', ...range })) {
    found.push(...records.map((record) => ({ key: record.key?.toString(), value: record.value?.toString() })))
  }
  return found
}
