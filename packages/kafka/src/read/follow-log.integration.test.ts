import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LogRecord } from '@meterline/topology'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

import { createKafkaClient, type KafkaClient } from '../connection/client.ts'
import { ensureTopics } from '../admin/ensure-topics.ts'
import { createLogWriter, type LogWriter } from '../write/log-writer.ts'
import { followLog } from './follow-log.ts'
import { followTopic } from './follow-topic.ts'

const PARTITIONS = 4
const DEADLINE_MS = 15_000

let kafka: KafkaClient
let writer: LogWriter

beforeAll(() => {
  kafka = createKafkaClient({ brokers: inject('stack').kafkaBrokers, clientId: 'follow-log' })
  writer = createLogWriter(kafka)
})

afterAll(async () => {
  await writer.close()
  await kafka.close()
})

async function newTopic(partitions: number): Promise<string> {
  const topic = `follow-log-${randomUUID()}`
  await ensureTopics(kafka, [{ name: topic, partitions, replicationFactor: 1, config: {} }])
  return topic
}

async function write(topic: string, partition: number, values: readonly string[]): Promise<void> {
  const messages = values.map((value) => ({ key: null, value: Buffer.from(value) }))
  await writer.send([{ topic, partition, messages }])
}

async function until(isSo: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS
  while (!isSo()) {
    expect(Date.now()).toBeLessThan(deadlineMs)
    await sleep(5)
  }
}

/** A client that counts the requests of the links it opens, and the links. */
function counting(): { readonly client: KafkaClient; readonly opened: { links: number; requests: number } } {
  const opened = { links: 0, requests: 0 }
  const openLink: KafkaClient['openLink'] = () => {
    const link = kafka.openLink()
    opened.links++
    return {
      ...link,
      send(nodeId, call) {
        opened.requests++
        return link.send(nodeId, call)
      },
    }
  }
  return { client: { ...kafka, openLink }, opened }
}

/** What was heard, by partition. */
function listener(): {
  readonly heard: Map<number, string[]>
  readonly onRecord: (record: LogRecord) => void
} {
  const heard = new Map<number, string[]>()
  return {
    heard,
    onRecord({ partition, value }) {
      const values = heard.get(partition) ?? []
      heard.set(partition, [...values, String(value)])
    },
  }
}

test('stopped before it knows where the log begins, it stops all the same', async () => {
  const topic = await newTopic(1)
  const records: unknown[] = []
  const follower = followLog(kafka, { topic, partition: 0, onRecord: (record) => records.push(record) })
  await follower.stop()
  await expect(follower.caughtUp).rejects.toThrow('was stopped')
  await follower.done
  expect(records).toEqual([])
})

test('a topic is followed over one link, each partition in order, from its first record on', async () => {
  const topic = await newTopic(PARTITIONS)
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition)
  // One partition is left empty: what is not there holds nobody up.
  const full = partitions.slice(1)
  for (const partition of full) await write(topic, partition, [`${partition} a`, `${partition} b`])
  const { heard, onRecord } = listener()
  const { client, opened } = counting()
  const follower = await followTopic(client, { topic, from: 'first', onRecord })
  await follower.caughtUp
  expect(follower.lagRecords()).toBe(0)
  expect(new Map(heard)).toEqual(new Map(full.map((p) => [p, [`${p} a`, `${p} b`]])))
  for (const partition of partitions) await write(topic, partition, [`${partition} c`])
  await until(() => [...heard.values()].flat().length === 2 * full.length + PARTITIONS)
  for (const p of full) expect(heard.get(p)).toEqual([`${p} a`, `${p} b`, `${p} c`])
  expect(opened.links).toBe(1)
  await follower.stop()
  await follower.done
})

test('while nothing comes, a topic costs one request at a time however many its partitions', async () => {
  const topic = await newTopic(PARTITIONS)
  const { client, opened } = counting()
  const follower = await followTopic(client, { topic, from: 'first', onRecord: () => undefined })
  await follower.caughtUp
  const from = opened.requests
  await sleep(1_500)
  // A request of each partition would be asked four times a second: 24 in all.
  expect(opened.requests - from).toBeGreaterThanOrEqual(3)
  expect(opened.requests - from).toBeLessThanOrEqual(7)
  await follower.stop()
})

test('from now on, it hears what is written after it is there, and nothing of before', async () => {
  const topic = await newTopic(2)
  await write(topic, 0, ['before'])
  await write(topic, 1, ['before'])
  const { heard, onRecord } = listener()
  const follower = await followTopic(kafka, { topic, from: 'now', onRecord })
  await write(topic, 0, ['after'])
  await write(topic, 1, ['after'])
  await until(() => heard.size === 2)
  expect([...heard.values()]).toEqual([['after'], ['after']])
  await follower.stop()
})

test('a record that cannot be taken ends the following of all partitions, with its error', async () => {
  const topic = await newTopic(2)
  const { heard, onRecord } = listener()
  const follower = await followTopic(kafka, {
    topic,
    from: 'first',
    onRecord(record) {
      if (String(record.value) === 'poison') throw new RangeError('not this one')
      onRecord(record)
    },
  })
  await follower.caughtUp
  await write(topic, 1, ['well'])
  await until(() => heard.size === 1)
  await write(topic, 0, ['fine', 'poison', 'behind it'])
  await expect(follower.done).rejects.toThrow(new RangeError('not this one'))
  await write(topic, 1, ['too late'])
  await sleep(300)
  expect([...heard]).toEqual([
    [1, ['well']],
    [0, ['fine']],
  ])
  await follower.stop()
})

test('whoever hears a record may stop with it: nothing is handed over after that', async () => {
  const topic = await newTopic(2)
  await write(topic, 0, ['a', 'b'])
  await write(topic, 1, ['a', 'b'])
  const heard: unknown[] = []
  let stopping: Promise<void> | undefined
  const follower = await followTopic(kafka, {
    topic,
    from: 'first',
    onRecord({ value }) {
      heard.push(String(value))
      stopping ??= follower.stop()
    },
  })
  await follower.done
  await stopping
  await expect(follower.caughtUp).rejects.toThrow('was stopped')
  expect(heard).toEqual(['a'])
})

test('a start beyond the end of the log ends it: no position is ever made up', async () => {
  const topic = await newTopic(1)
  await write(topic, 0, ['only'])
  const { heard, onRecord } = listener()
  const follower = followLog(kafka, { topic, partition: 0, fromOffset: 99, onRecord })
  await expect(follower.done).rejects.toMatchObject({ code: 'out-of-range' })
  expect(heard.size).toBe(0)
})

test('a partition that is read for long leaves room in the answers for the others', async () => {
  const topic = await newTopic(2)
  const large = 'x'.repeat(500_000)
  for (let i = 0; i < 12; i++) await write(topic, 0, [large])
  await write(topic, 1, ['small'])
  const order: number[] = []
  const follower = await followTopic(kafka, {
    topic,
    from: 'first',
    onRecord: ({ partition }) => order.push(partition),
  })
  await follower.caughtUp
  expect(order).toHaveLength(13)
  expect(order.indexOf(1)).toBeLessThan(6)
  await follower.stop()
})
