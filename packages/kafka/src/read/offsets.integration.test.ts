import { randomUUID } from 'node:crypto'
import { Kafka } from 'kafkajs'
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest'

import { ensureTopics } from '../admin/ensure-topics.ts'
import { createKafkaClient, type KafkaClient } from '../connection/client.ts'
import type { ClusterLink } from '../connection/cluster-link.ts'
import type { ClientBroker } from '../connection/internals.ts'
import { createLogWriter } from '../write/log-writer.ts'
import { readCommittedPosition, readCommittedPositions, readLogEnds } from './offsets.ts'

const PARTITIONS = [0, 1, 2, 3]

let brokers: readonly string[]
let client: KafkaClient
let topic: string

beforeAll(() => {
  brokers = inject('stack').kafkaBrokers
  client = createKafkaClient({ brokers, clientId: 'offsets-test' })
})

afterAll(() => client.close())

beforeEach(async () => {
  topic = `offsets-${randomUUID()}`
  await ensureTopics(client, [
    { name: topic, partitions: PARTITIONS.length, replicationFactor: 1, config: {} },
  ])
})

test('the ends of all partitions are one request to their leader', async () => {
  await write(
    new Map([
      [0, 3],
      [2, 1],
    ]),
  )
  const { link, asked } = counting('listOffsets')
  const ends = await readLogEnds(link, { topic, partitions: PARTITIONS })
  expect(ends).toEqual(
    new Map([
      [0, 3],
      [1, 0],
      [2, 1],
      [3, 0],
    ]),
  )
  expect(asked()).toBe(1)
})

test('the positions of all partitions are one request; where nothing was committed there is none', async () => {
  const groupId = `group-${topic}`
  const admin = new Kafka({ brokers: [...brokers] }).admin()
  await admin.connect()
  await admin.setOffsets({ groupId, topic, partitions: [{ partition: 1, offset: '7' }] })
  await admin.disconnect()
  const { link, asked } = counting('offsetFetch')
  const positions = await readCommittedPositions(link, { groupId, topic, partitions: PARTITIONS })
  expect([...positions.keys()]).toEqual(PARTITIONS)
  expect(positions.get(1)?.offset).toBe(7)
  for (const partition of [0, 2, 3]) {
    expect(positions.get(partition)).toEqual({ offset: undefined, metadata: '' })
  }
  expect(asked()).toBe(1)
  expect(await readCommittedPosition(link, { groupId, topic, partition: 1 })).toEqual(positions.get(1))
})

async function write(records: ReadonlyMap<number, number>): Promise<void> {
  const writer = createLogWriter(client)
  await writer.send(
    [...records].map(([partition, count]) => ({
      topic,
      partition,
      messages: Array.from({ length: count }, () => ({ key: null, value: Buffer.from('value') })),
    })),
  )
  await writer.close()
}

/** The connections of the client, and how often brokers were asked that. */
function counting(call: 'listOffsets' | 'offsetFetch'): {
  readonly link: ClusterLink
  readonly asked: () => number
} {
  let asked = 0
  const counted = (broker: ClientBroker): ClientBroker =>
    new Proxy(broker, {
      get(target, name) {
        if (name === call) asked += 1
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const link: ClusterLink = {
    ...client.reads,
    broker: async (nodeId) => counted(await client.reads.broker(nodeId)),
    coordinator: async (kind, id) => counted(await client.reads.coordinator(kind, id)),
  }
  return { link, asked: () => asked }
}
