import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startOwnCluster, type OwnCluster } from '../../../../test/support/own-cluster.ts'
import type { ClusterLink } from '../connection/cluster-link.ts'
import { createKafkaClient, ensureTopics, readLog, readLogBounds, type KafkaClient } from '../index.ts'
import { readCommittedPosition } from '../read/offsets.ts'
import { encodeRecordBatch } from '../wire/encode-batch.ts'
import { writeLostMarkers } from './lost-markers.ts'
import { WRITE_TXN_MARKERS } from '../wire/write-markers.ts'
import { produceEntries } from './produce-entries.ts'
import { readDecisions } from './transaction-decisions.ts'
import type { ProducerIdentity } from '../wire/record-batch.ts'
import { createTransactionWriter, POSITIONS_TOPIC, type TransactionWriter } from './transaction-writer.ts'

/*
 * A broker of their own, that does not ask the coordinator whether a write belongs to a transaction: so these tests can leave behind what
 * a broker leaves behind that is killed between a commit and its markers. `chaos.integration.test.ts` kills one.
 */
let cluster: OwnCluster
let client: KafkaClient
let topic: string
let made = 0
const open: { close(): Promise<void> }[] = []

beforeAll(async () => {
  cluster = await startOwnCluster({
    brokers: 1,
    settings: {
      'transaction.partition.verification.enable': 'false',
      'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200',
    },
  })
  client = createKafkaClient({ brokers: cluster.brokers, clientId: 'markers-test' })
})

afterAll(async () => {
  await client.close()
  await cluster.stop()
})

beforeEach(async () => {
  topic = `markers-${(made += 1)}`
  await makeTopic()
})

async function makeTopic(): Promise<void> {
  await ensureTopics(client, [{ name: topic, partitions: 2, replicationFactor: 1, config: {} }])
  // Kafka makes the topic of the positions when the first group asks for its coordinator.
  await client.reads.coordinator('group', topic)
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

test('a commit whose markers Kafka lost stands for the next owner: its records, and its position', async () => {
  await commitOne()
  await leaveOpen({ offset: 7, sequence: 1 })
  expect(await committed()).toEqual(['first'])
  expect((await position()).offset).toBe(1)
  await takeOver()
  expect(await committed()).toEqual(['first', 'lost'])
  expect((await position()).offset).toBe(7)
})

test('an abort whose markers Kafka lost stays one', async () => {
  const identity = await identityOf(topic)
  // Nobody ends it: the coordinator does, in the one partition that it knows of.
  const coordinator = await client.reads.coordinator('transaction', topic)
  const topics = [{ topic, partitions: [1] }]
  await coordinator.addPartitionsToTxn({ ...identity, transactionalId: topic, topics })
  const outcomes = async () => (await decisions()).map(({ outcome }) => outcome)
  await expect.poll(outcomes, { timeout: 20_000 }).toContain('abort')
  await leaveOpen({ offset: 7, identity })
  await takeOver()
  expect(await committed()).toEqual([])
  const { stable, high } = await readLogBounds(client.reads, { topic, partition: 0 })
  expect(stable).toBe(high)
  expect((await position()).offset).toBeUndefined()
})

test('also when somebody took over in between who did not look', async () => {
  await commitOne()
  await leaveOpen({ offset: 7, sequence: 1 })
  await takeOver({ topics: [] })
  await takeOver()
  expect(await committed()).toEqual(['first', 'lost'])
})

test('an owner that goes on looks with its next commit, once it has lost a connection: what is rolled back then is that one alone', async () => {
  const { writer, link } = await commitOne()
  await leaveOpen({ offset: 7, sequence: 1 })
  await loseConnection(link)
  const large = { topic, partition: 1, messages: [{ key: 'large', value: Buffer.alloc(2_000_000) }] }
  await expect(writer.commit([large], { ...place(), offset: 8, metadata: '' })).rejects.toMatchObject({
    code: 'refused',
  })
  await writer.close()
  await takeOver({ topics: [] })
  expect(await committed()).toEqual(['first', 'lost'])
  expect((await position()).offset).toBe(7)
})

// Found by the simulation (seed 1241): its next transaction was registered by then, and the fence rolled back all that was open in it.
test('an owner that dies while it looks leaves the last transaction to the next owner', async () => {
  const { link } = await commitOne()
  const looking = Promise.withResolvers<void>()
  const dying: ClusterLink = {
    ...link,
    send: (nodeId, call) => {
      if (call.request.apiKey !== WRITE_TXN_MARKERS) return link.send(nodeId, call)
      looking.resolve()
      return new Promise(() => {})
    },
  }
  const writer = await fenceOver(dying)
  const second = { topic, partition: 0, messages: [{ key: 'second', value: null }] }
  await writer.commit([second], { ...place(), offset: 2, metadata: '' })
  await expect.poll(() => position().then(({ offset }) => offset)).toBe(2)
  await leaveOpen({ offset: 7, sequence: 1 })
  await loseConnection(link)
  const next = { topic, partition: 0, messages: [{ key: 'next', value: null }] }
  const ended = writer.commit([next], { ...place(), offset: 8, metadata: '' })
  ended.catch(() => undefined)
  await looking.promise
  await takeOver()
  expect(await committed()).toEqual(['first', 'second', 'lost'])
  expect((await position()).offset).toBe(7)
})

test('and without a next commit, as readers wait for the last one', async () => {
  const { link } = await commitOne()
  await leaveOpen({ offset: 7, sequence: 1 })
  await loseConnection(link)
  await expect.poll(committed, { timeout: 10_000 }).toEqual(['first', 'lost'])
  expect((await position()).offset).toBe(7)
})

test('where nobody knows how it ended nothing is guessed', async () => {
  await leaveOpen({ offset: 7, identity: await identityOf(topic) })
  await expect(takeOver()).rejects.toMatchObject({
    code: 'inconsistent',
    message: expect.stringContaining(`${topic}/0 has a transaction of ${topic} open since offset 0`),
  })
  expect(await committed()).toEqual([])
})

test('what a later owner has open is its work under way: whoever finds it is late itself', async () => {
  const identity = await identityOf(topic)
  const later = await identityOf(topic)
  await leaveOpen({ offset: 7, identity: later })
  const of = { transactionalId: topic, topics: [topic, POSITIONS_TOPIC], identity }
  const within = {
    deadlineMs: Date.now() + 10_000,
    signal: new AbortController().signal,
    beforeRetry: () => client.reads.refresh(),
  }
  await writeLostMarkers(client.reads, of, within)
  await writeLostMarkers(client.reads, { ...of, isLast: true }, within)
  const { stable, high } = await readLogBounds(client.reads, { topic, partition: 0 })
  expect([stable, high]).toEqual([0, 1])
})

test('what another transactional id has open is left alone', async () => {
  await leaveOpen({ offset: 7, identity: await identityOf(`${topic}-other`) })
  await commitOne()
  await takeOver()
  expect(await committed()).toEqual([])
})

interface Owner {
  readonly writer: TransactionWriter
  readonly link: ClusterLink
}

interface Taken {
  readonly transactionalId?: string
  readonly topics?: readonly string[]
}

async function takeOver(over: Taken = {}): Promise<Owner> {
  const link = client.openLink()
  return { writer: await fenceOver(link, over), link }
}

async function fenceOver(link: ClusterLink, over: Taken = {}): Promise<TransactionWriter> {
  const writer = createTransactionWriter(link, {
    transactionalId: topic,
    topics: [topic, POSITIONS_TOPIC],
    ...over,
  })
  open.push(writer)
  await writer.fence()
  return writer
}

async function commitOne(): Promise<Owner> {
  const owner = await takeOver()
  const first = { topic, partition: 0, messages: [{ key: 'first', value: null }] }
  await owner.writer.commit([first], { ...place(), offset: 1, metadata: '' })
  await expect.poll(() => position().then(({ offset }) => offset)).toBe(1)
  return owner
}

/** A record and a position of a transaction that its coordinator calls complete. */
async function leaveOpen(of: {
  readonly offset: number
  readonly sequence?: number
  readonly identity?: ProducerIdentity
}): Promise<void> {
  const { producerId, producerEpoch } = of.identity ?? (await decisions()).at(-1)!
  const identity = { producerId, producerEpoch }
  const bytes = encodeRecordBatch([{ key: 'lost', value: null }], {
    ...identity,
    baseSequence: of.sequence ?? 0,
    transactional: true,
    nowMs: Date.now(),
  })
  const deadlineMs = Date.now() + 10_000
  await produceEntries(client.reads, [{ topic, partition: 0, bytes }], { transactionalId: topic, deadlineMs })
  const coordinator = await client.reads.coordinator('group', topic)
  const partitions = [{ partition: 0, offset: String(of.offset), metadata: '' }]
  const topics = [{ topic, partitions }]
  await coordinator.txnOffsetCommit({ ...identity, transactionalId: topic, groupId: topic, topics })
}

const decisions = () =>
  readDecisions(client.reads, { transactionalId: topic, signal: new AbortController().signal })

/** Takes a transactional id over, and does no more. */
async function identityOf(transactionalId: string): Promise<ProducerIdentity> {
  const coordinator = await client.reads.coordinator('transaction', transactionalId)
  const taken = await coordinator.initProducerId({ transactionalId, transactionTimeout: 300 })
  return { producerId: Number(taken.producerId), producerEpoch: taken.producerEpoch }
}

async function loseConnection(link: ClusterLink): Promise<void> {
  const broker = await link.coordinator('transaction', topic)
  await broker.disconnect()
}

const place = () => ({ groupId: topic, topic, partition: 0 })

const position = () => readCommittedPosition(client.reads, place())

async function committed(): Promise<(string | undefined)[]> {
  const keys: (string | undefined)[] = []
  for await (const records of readLog(client, { topic, partition: 0, to: 'end' })) {
    keys.push(...records.map(({ key }) => key?.toString()))
  }
  return keys
}
