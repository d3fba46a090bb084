import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

import { ensureTopics } from '../admin/ensure-topics.ts'
import { createKafkaClient, type KafkaClient } from '../connection/client.ts'
import { createLogWriter } from '../write/log-writer.ts'
import { createFetchPump, type Fetched, type FetchTarget } from './fetch-pump.ts'

const MAX_WAIT_MS = 10_000
/** Until the broker has the question about the partition at whose end nothing comes. */
const ASKED_MS = 300

let client: KafkaClient

beforeAll(() => {
  client = createKafkaClient({ brokers: inject('stack').kafkaBrokers, clientId: 'fetch-pump-test' })
})

afterAll(() => client.close())

test('who has room again does not wait until something comes for the others', async () => {
  const topic = `fetch-pump-${randomUUID()}`
  await ensureTopics(client, [{ name: topic, partitions: 2, replicationFactor: 1, config: {} }])
  const writer = createLogWriter(client)
  await writer.send([{ topic, partition: 1, messages: [{ key: null, value: Buffer.from('waiting') }] }])
  await writer.close()

  const read = Promise.withResolvers<Fetched>()
  let hasRoom = false
  const target = (partition: number, wanted: FetchTarget['wanted']): FetchTarget => ({
    topic,
    partition,
    wanted,
    accept: (fetched) => {
      if (fetched.records.length > 0) read.resolve(fetched)
    },
    fail: read.reject,
  })
  const pump = createFetchPump(
    client.openLink(),
    { maxWaitMs: MAX_WAIT_MS, lingerMs: 0, maxBytesPerPartition: 1 << 20, maxBytesPerFetch: 1 << 20 },
    read.reject,
  )
  try {
    pump.add(target(1, () => (hasRoom ? 0 : undefined)))
    pump.add(target(0, () => 0))
    await sleep(ASKED_MS)
    hasRoom = true
    pump.wake()
    const fetched = await Promise.race([read.promise, sleep(MAX_WAIT_MS / 2)])
    expect(fetched?.records.map(({ value }) => value?.toString())).toEqual(['waiting'])
  } finally {
    await pump.close()
  }
})
