import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { sumsTopology, type SumsTopics } from '../chaos/sums-topology.ts'
import { verifySums } from '../chaos/verify-sums.ts'
import {
  createKafkaClient,
  createLogWriter,
  describeLag,
  ensureTopics,
  matchOutputs,
  readCommittedPosition,
  runPartitions,
  topologyHandler,
  type KafkaClient,
  type LogWriter,
  type PartitionEvent,
  type PartitionHandler,
  type PartitionRun,
} from '../index.ts'
import { createTransactionWriter } from '../write/transaction-writer.ts'

const PARTITIONS = 2
let client: KafkaClient
let writer: LogWriter
let topics: SumsTopics
let name: string
let events: PartitionEvent[]
let runs: PartitionRun[]

beforeEach(async () => {
  name = `sums-${randomUUID().slice(0, 8)}`
  topics = { input: `${name}.in`, output: `${name}.out`, changelog: `${name}.changelog` }
  client = createKafkaClient({ brokers: inject('stack').kafkaBrokers, clientId: 'partitions-test' })
  writer = createLogWriter(client)
  events = []
  runs = []
  const of = (topic: string) => ({ name: topic, partitions: PARTITIONS, replicationFactor: 1 })
  await ensureTopics(client, [
    { ...of(topics.input), config: {} },
    { ...of(topics.output), config: {} },
    { ...of(topics.changelog), config: { 'cleanup.policy': 'compact' } },
  ])
})

afterEach(async () => {
  await Promise.all(runs.map((run) => run.stop()))
  await writer.close()
  await client.close()
})

test('a stopped task goes on where it was, with its state, in another process', async () => {
  await produce([1, 2, 3])
  const first = await start()
  await settled()
  await first.stop()
  await produce([4, 5])
  await start()
  await settled()
  expect(await verifySums(client, topics, PARTITIONS)).toEqual({
    inputRecords: 10,
    outputRecords: 10,
    problems: [],
  })
})

test('a run that is stopped while it still opens its partitions ends', async () => {
  for (let delayMs = 0; delayMs < 60; delayMs += 6) {
    const run = await start()
    await sleep(delayMs)
    await run.stop()
  }
  expect(events.filter((event) => event.kind === 'dropped')).toEqual([])
})

test('two members share the partitions, and what stays with a member is not restored again', async () => {
  await produce([1])
  await start()
  await settled()
  await start()
  await until(() => progressOf(runs[1]!).length === 1 && progressOf(runs[0]!).length === 1)
  await produce([2, 3])
  await settled()
  await until(() => events.filter((event) => event.kind === 'opened').length >= 3)
  expect(events.filter((event) => event.kind === 'opened')).toHaveLength(3)
  expect((await verifySums(client, topics, PARTITIONS)).problems).toEqual([])
})

test('a partition that is added is worked on without a restart', async () => {
  const handled: number[] = []
  await start({
    metadataMaxAgeMs: 500,
    createHandler: (partition) => ({
      open: async () => ({ offset: 0 }),
      onBatch: async (records) => void handled.push(...records.map(() => partition)),
      close: async () => undefined,
    }),
  })
  await produce([1])
  await until(() => handled.length === PARTITIONS)
  const admin = await client.openAdmin()
  await admin.createPartitions({ topicPartitions: [{ topic: topics.input, count: PARTITIONS + 1 }] })
  await admin.disconnect()
  await until(() => progressOf(runs[0]!).includes(PARTITIONS))
  await client.reads.refresh()
  const messages = [{ key: 'a', value: Buffer.from('1') }]
  await writer.send([{ topic: topics.input, partition: PARTITIONS, messages }])
  await until(() => handled.length > PARTITIONS)
  expect(handled.filter((partition) => partition === PARTITIONS)).toHaveLength(1)
})

test('a handler that hangs holds up neither the other partition nor the membership', async () => {
  const hung = Promise.withResolvers<void>()
  const handled: number[] = []
  await start({
    sessionTimeoutMs: 6_000,
    createHandler: (partition) => ({
      open: async () => ({ offset: 0 }),
      onBatch: async (records) => {
        if (partition === 0) await hung.promise
        handled.push(...records.map(() => partition))
      },
      close: async () => undefined,
    }),
  })
  await produce([1])
  await until(() => handled.includes(1))
  await sleep(7_000)
  await produce([2])
  await until(() => handled.filter((partition) => partition === 1).length === 2)
  expect(handled).not.toContain(0)
  // One join only: the member never left, though its handler hung for longer than the session.
  expect(events.filter((event) => event.kind === 'assigned')).toHaveLength(1)
  const progress = runs[0]!.progress().get(0)!
  expect(progress.lagRecords).toBeGreaterThan(0)
  expect(Date.now() - progress.lastAdvanceMs).toBeGreaterThan(5_000)
  hung.resolve()
  await until(() => handled.filter((partition) => partition === 0).length === 2)
})

test('a failed batch is handled again with a new lease, from the committed position', async () => {
  let failures = 2
  const inner = sumsHandler()
  await start({
    createHandler: (partition) => {
      const handler = inner(partition)
      return {
        ...handler,
        onBatch: async (records, nextOffset) => {
          if (partition === 0 && failures-- > 0) throw new Error('once more')
          await handler.onBatch(records, nextOffset)
        },
      }
    },
  })
  await produce([1, 2])
  await settled()
  expect(events.filter((event) => event.kind === 'dropped')).toHaveLength(2)
  expect(await verifySums(client, topics, PARTITIONS)).toEqual({
    inputRecords: 4,
    outputRecords: 4,
    problems: [],
  })
})

test('a zombie is refused: once another process has fenced it, its transaction fails and it takes over anew', async () => {
  await produce([1])
  await start()
  await settled()
  const intruder = createTransactionWriter(client.openLink(), {
    transactionalId: `${name}-0`,
    topics: [],
  })
  await intruder.fence()
  await produce([2])
  await settled()
  const dropped = events.filter((event) => event.kind === 'dropped')
  expect(dropped).toHaveLength(1)
  expect(dropped[0]).toMatchObject({ partition: 0, error: { code: 'fenced' } })
  await intruder.close()
  expect((await verifySums(client, topics, PARTITIONS)).problems).toEqual([])
})

test('a committed position outside of the log halts the partition; nothing is reset', async () => {
  await commitPosition(0, { offset: 1_000, metadata: '' })
  await start()
  await until(() => events.some((event) => event.kind === 'halted'))
  expect(events.find((event) => event.kind === 'halted')).toMatchObject({
    partition: 0,
    error: { code: 'out-of-range' },
  })
  expect(runs[0]!.progress().get(0)?.state).toBe('halted')
  await produce([1])
  await until(() => runs[0]!.progress().get(1)?.position === 1)
})

test('a changelog that does not belong to the committed position halts the partition', async () => {
  await produce([1, 2])
  const first = await start()
  await settled()
  await first.stop()
  await commitPosition(0, { offset: 1, metadata: `{"${topics.changelog}":1}` })
  await start()
  await until(() => events.some((event) => event.kind === 'halted'))
  expect(events.find((event) => event.kind === 'halted')).toMatchObject({
    partition: 0,
    error: { code: 'inconsistent' },
  })
})

test('a position whose outputs were rolled back halts the partition; set back to the newest outputs it goes on, and nothing is lost or doubled', async () => {
  await produce([1, 2])
  const first = await start()
  await settled()
  await first.stop()
  await produce([3, 4])
  await commitPosition(0, { offset: 4, metadata: `{"${topics.changelog}":4,"note":"counts"}` })
  const halted = await start()
  await until(() => events.some((event) => event.kind === 'halted'))
  await halted.stop()
  const back = { kind: 'outputs-lost', position: 4, outputs: 2 }
  expect(await matchOutputs(client, { ...firstPartition(), apply: false })).toEqual(back)
  expect(await matchOutputs(client, { ...firstPartition(), apply: true })).toEqual(back)
  // Once is enough.
  await expect(matchOutputs(client, { ...firstPartition(), apply: true })).rejects.toThrow(
    'no outputs are missing',
  )
  await start()
  await settled()
  expect(await verifySums(client, topics, PARTITIONS)).toEqual({
    inputRecords: 8,
    outputRecords: 8,
    problems: [],
  })
})

test('outputs that are ahead of the position are no reason to set it anywhere', async () => {
  await produce([1, 2])
  const first = await start()
  await settled()
  await first.stop()
  await commitPosition(0, { offset: 1, metadata: `{"${topics.changelog}":1}` })
  await expect(matchOutputs(client, { ...firstPartition(), apply: true })).rejects.toThrow(
    'outputs are ahead of the position',
  )
})

test('outputs that are ahead of the position are made known where the task knows its own work again', async () => {
  await produce([1, 2])
  const first = await start()
  await settled()
  await first.stop()
  await commitPosition(0, { offset: 1, metadata: `{"${topics.changelog}":1,"note":"counts"}` })
  const halted = await start()
  await until(() => events.some((event) => event.kind === 'halted'))
  await halted.stop()
  const ahead = { ...firstPartition(), noteAhead: (outputs: number) => `from ${outputs}` }
  const told = { kind: 'position-lost', position: 1, outputs: 2 }
  expect(await matchOutputs(client, { ...ahead, apply: false })).toEqual(told)
  expect(await committed()).toEqual({ offset: 1, metadata: `{"${topics.changelog}":1,"note":"counts"}` })
  expect(await matchOutputs(client, { ...ahead, apply: true })).toEqual(told)
  // Whoever takes over waits for the end of that commit, as this does.
  await expect(matchOutputs(client, { ...ahead, apply: true })).rejects.toThrow('no outputs are missing')
  expect(await committed()).toEqual({ offset: 1, metadata: `{"${topics.changelog}":2,"note":"from 2"}` })

  await commitPosition(0, { offset: 2, metadata: `{"${topics.changelog}":1}` })
  await expect(matchOutputs(client, { ...ahead, apply: true })).rejects.toThrow(
    'ahead of what the position names',
  )
})

test('a killed process is taken out of the group by its next start', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'meterline-member-'))
  const session = { sessionTimeoutMs: 30_000, memberDirectory: directory }
  const abandoned = createKafkaClient({ brokers: inject('stack').kafkaBrokers, clientId: 'abandoned' })
  try {
    // A member that will never heartbeat again nor leave: what `kill -9` leaves behind.
    const consumer = abandoned.kafka.consumer({ groupId: name, sessionTimeout: 30_000 })
    await consumer.connect()
    await consumer.subscribe({ topics: [topics.input] })
    const joined = new Promise<string>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => resolve(payload.memberId))
    })
    const hang = Promise.withResolvers<void>()
    await consumer.run({ eachBatch: () => hang.promise })
    const { openMemberMemo } = await import('../group/member-memo.ts')
    await openMemberMemo(directory, name).write(await joined)
    const startMs = performance.now()
    await start(session)
    await until(() => progressOf(runs[0]!).length === PARTITIONS)
    expect(performance.now() - startMs).toBeLessThan(8_000)
    hang.resolve()
    await consumer.disconnect()
  } finally {
    await abandoned.close()
    await rm(directory, { recursive: true, force: true })
  }
})

test('transaction markers at the end of the input are no lag', async () => {
  await produce([1])
  await start()
  await settled()
  const pending = createTransactionWriter(client.openLink(), {
    transactionalId: `${name}-producer`,
    topics: [topics.input],
  })
  await pending.fence()
  await pending.commit([
    { topic: topics.input, partition: 0, messages: [{ key: 'a', value: Buffer.from('5') }] },
  ])
  await until(() => (runs[0]!.progress().get(0)?.position ?? 0) >= 2)
  await settled()
  const lag = await describeLag(client, { groupId: name, topic: topics.input })
  expect(
    lag.map(({ partition, position, end, lagRecords }) => ({ partition, position, end, lagRecords })),
  ).toContainEqual({
    partition: 0,
    position: expect.any(Number) as number,
    end: 3,
    lagRecords: 0,
  })
  await pending.close()
})

function sumsHandler(): (partition: number) => PartitionHandler {
  const definition = sumsTopology(name, topics)
  return (partition) => topologyHandler(client, definition, partition)
}

async function start(
  over: {
    createHandler?: (partition: number) => PartitionHandler
    sessionTimeoutMs?: number
    metadataMaxAgeMs?: number
    memberDirectory?: string
  } = {},
): Promise<PartitionRun> {
  const run = await runPartitions({
    client,
    groupId: name,
    topic: topics.input,
    transactionalIdPrefix: name,
    writesTo: [topics.output, topics.changelog],
    createHandler: sumsHandler(),
    onEvent: (event) => void events.push(event),
    onFatal: (error) => {
      throw error
    },
    heartbeatIntervalMs: 200,
    ...over,
  })
  runs.push(run)
  return run
}

/** One record of each value into each partition. */
async function produce(values: readonly number[]): Promise<void> {
  const messages = values.map((value) => ({ key: 'a', value: Buffer.from(String(value)) }))
  await writer.send(
    Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: topics.input, partition, messages })),
  )
}

const firstPartition = () => ({
  groupId: name,
  topic: topics.input,
  partition: 0,
  transactionalId: `${name}-0`,
  restoreTopics: [topics.changelog],
  writesTo: [topics.output, topics.changelog],
})

const committed = () =>
  readCommittedPosition(client.reads, { groupId: name, topic: topics.input, partition: 0 })

async function commitPosition(partition: number, at: { offset: number; metadata: string }): Promise<void> {
  const other = createTransactionWriter(client.openLink(), {
    transactionalId: `${name}-other`,
    topics: [],
  })
  await other.fence()
  await other.commit([], { groupId: name, topic: topics.input, partition, ...at })
  await other.close()
}

function progressOf(run: PartitionRun): number[] {
  return [...run.progress().keys()]
}

async function settled(): Promise<void> {
  await until(async () => {
    const lags = await describeLag(client, { groupId: name, topic: topics.input })
    return lags.every((lag) => lag.lagRecords === 0 && lag.position !== undefined)
  })
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 20_000
  while (!(await condition())) {
    if (Date.now() > deadlineMs) throw new Error(`Not reached in time; events: ${JSON.stringify(events)}`)
    await sleep(20)
  }
}
