import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKafkaClient, createLogWriter, ensureTopics, followTopic, type KafkaError } from '../index.ts'
import { startOwnCluster, type OwnCluster } from '../../../../test/support/own-cluster.ts'

// Brokers of their own: one of them is killed.
const BROKERS = 2
const PARTITIONS = 4
const DEADLINE_MS = 30_000
let cluster: OwnCluster

beforeAll(async () => {
  cluster = await startOwnCluster({ brokers: BROKERS })
})

afterAll(() => cluster.stop())

test('partitions of several brokers are followed at once; those of one that is away go on when it is back', async () => {
  const client = createKafkaClient({ brokers: cluster.brokers, clientId: 'follow-topic' })
  const topic = 'spread'
  await ensureTopics(client, [{ name: topic, partitions: PARTITIONS, replicationFactor: 1, config: {} }])
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
  const leaders = await Promise.all(partitions.map((partition) => client.reads.leaderOf(topic, partition)))
  expect(new Set(leaders).size).toBe(BROKERS)

  const writer = createLogWriter(client)
  const write = async (partition: number, value: string): Promise<void> =>
    writer.send([{ topic, partition, messages: [{ key: null, value: Buffer.from(value) }] }], {
      timeoutMs: DEADLINE_MS,
    })
  const heard: string[] = []
  const troubles: KafkaError[] = []
  const follower = await followTopic(client, {
    topic,
    from: 'first',
    onRecord: ({ partition, value }) => heard.push(`${partition} ${String(value)}`),
    onTrouble: (error) => troubles.push(error),
  })
  const until = async (wanted: readonly string[]): Promise<void> => {
    const deadlineMs = Date.now() + DEADLINE_MS
    while (!wanted.every((one) => heard.includes(one)) && Date.now() < deadlineMs) await sleep(10)
    expect(heard).toEqual(expect.arrayContaining([...wanted]))
  }
  try {
    await follower.caughtUp
    await Promise.all(partitions.map((partition) => write(partition, 'before')))
    await until(partitions.map((partition) => `${partition} before`))

    const [staying, away] = cluster.nodes.map((_, index) =>
      partitions.filter((partition) => leaders[partition] === index + 1),
    )
    await cluster.nodes[1]!.killHard()
    await Promise.all(staying!.map((partition) => write(partition, 'meanwhile')))
    await until(staying!.map((partition) => `${partition} meanwhile`))
    expect(troubles.every((error) => error.retryable)).toBe(true)
    await cluster.nodes[1]!.ready()
    await Promise.all(partitions.map((partition) => write(partition, 'after')))
    await until(partitions.map((partition) => `${partition} after`))
    expect(away!.length).toBeGreaterThan(0)
    for (const partition of partitions) {
      const own = heard.filter((one) => one.startsWith(`${partition} `))
      expect(new Set(own).size).toBe(own.length)
      expect(own.indexOf(`${partition} before`)).toBeLessThan(own.indexOf(`${partition} after`))
    }
  } finally {
    await follower.stop()
    await writer.close()
    await client.close()
  }
}, 120_000)
