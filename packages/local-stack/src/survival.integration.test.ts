import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startClickhouse } from './clickhouse/start-clickhouse.ts'
import { startKafka } from './kafka/start-kafka.ts'
import { findFreePorts } from './machine/ports.ts'
import type { StackPorts } from './stack.ts'
import { startEmbeddedStack } from './start-embedded-stack.ts'
import type { EmbeddedOptions, EmbeddedStack } from './start-embedded-stack.ts'
import { supervise } from './supervise/supervise.ts'

const cacheDir =
  process.env['METERLINE_CACHE_DIR'] ?? resolve(import.meta.dirname, '../../../.meterline/cache')
const stateDir = mkdtempSync(join(tmpdir(), 'survival-'))
const topic = 'survival'

let options: EmbeddedOptions & { readonly ports: StackPorts }
let stack: EmbeddedStack
let written = 0

beforeAll(async () => {
  const [kafka = 0, kafkaController = 0, clickhouseHttp = 0, clickhouseTcp = 0] = await findFreePorts(4)
  options = { stateDir, cacheDir, ports: { kafka, kafkaController, clickhouseHttp, clickhouseTcp } }
  stack = await startEmbeddedStack(options)
  await withKafka(async (client) => {
    const admin = client.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
    await admin.disconnect()
  })
  await sql('CREATE TABLE survival (n UInt32) ENGINE = MergeTree ORDER BY n')
})

afterAll(async () => {
  await stack.stop()
  rmSync(stateDir, { recursive: true, force: true })
})

it('says which port is taken', async () => {
  const elsewhere = { dataDir: join(stateDir, 'other'), logFile: join(stateDir, 'other.log') }
  const kafka = startKafka({ ...elsewhere, cacheDir, port: options.ports.kafka, controllerPort: 1 })
  await expect(kafka).rejects.toMatchObject({ code: 'PORT_TAKEN' })
  const ports = { httpPort: options.ports.clickhouseHttp, tcpPort: 1 }
  const clickhouse = startClickhouse({
    ...elsewhere,
    ...ports,
    credentials: { password: 'a', sinkPassword: 'c', readerPassword: 'b' },
  })
  await expect(clickhouse).rejects.toMatchObject({ code: 'PORT_TAKEN' })
})

describe('what was acknowledged is still there', () => {
  it('after kill -9 of both servers', async () => {
    await writeToBoth()
    const before = [stack.kafkaProcess.pid(), stack.clickhouseProcess.pid()]
    await Promise.all([stack.kafkaProcess.killHard(), stack.clickhouseProcess.killHard()])
    await Promise.all([stack.kafkaProcess.ready(), stack.clickhouseProcess.ready()])
    expect([stack.kafkaProcess.pid(), stack.clickhouseProcess.pid()]).not.toEqual(before)
    await expectBothComplete()
  })

  it('after a stop and a start, with the same accounts', async () => {
    await writeToBoth()
    const { password } = stack.clickhouse
    await stack.stop()
    expect(await Promise.all(Object.values(options.ports).map(isListening))).toEqual([
      false,
      false,
      false,
      false,
    ])
    stack = await startEmbeddedStack(options)
    expect(stack.clickhouse.password).toBe(password)
    await expectBothComplete()
  })

  it('after kill -9 of the parent, which takes both servers along within two seconds', async () => {
    await writeToBoth()
    await stack.stop()
    const parent = superviseParent()
    await parent.ready()
    await writeToBoth()
    parent.orphan()
    await expect
      .poll(() => Promise.all(Object.values(options.ports).map(isListening)), {
        timeout: 2_000,
        interval: 20,
      })
      .toEqual([false, false, false, false])
    await parent.stop()
    stack = await startEmbeddedStack(options)
    await expectBothComplete()
  })
})

/** The same stack as the child of another process, which can be killed without touching anything else. */
function superviseParent(): { ready(): Promise<void>; orphan(): void; stop(): Promise<void> } {
  const door = new URL('./start-embedded-stack.ts', import.meta.url).href
  const script = `const { startEmbeddedStack } = await import(${JSON.stringify(door)})
    await startEmbeddedStack(${JSON.stringify(options)})`
  const parent = supervise({
    name: 'parent',
    command: process.execPath,
    args: ['--input-type=module', '--eval', script],
    logFile: join(stateDir, 'logs', 'parent.log'),
    isReady: async () =>
      (await Promise.all([options.ports.kafka, options.ports.clickhouseHttp].map(isListening))).every(
        Boolean,
      ),
    backoff: { firstMs: 60_000, maxMs: 60_000, resetAfterMs: 60_000 },
  })
  return {
    ready: () => parent.ready(),
    orphan: () => void process.kill(parent.pid() ?? 0, 'SIGKILL'),
    stop: () => parent.stop(),
  }
}

async function writeToBoth(): Promise<void> {
  written += 1
  await withKafka(async (client) => {
    const producer = client.producer()
    await producer.connect()
    await producer.send({ topic, acks: -1, messages: [{ value: String(written) }] })
    await producer.disconnect()
  })
  await sql(`INSERT INTO survival VALUES (${written})`)
}

async function expectBothComplete(): Promise<void> {
  expect(await sql('SELECT groupArray(n) FROM (SELECT n FROM survival ORDER BY n)')).toBe(
    `[${Array.from({ length: written }, (_, index) => index + 1).join(',')}]`,
  )
  await withKafka(async (client) => {
    const admin = client.admin()
    await admin.connect()
    expect(await admin.fetchTopicOffsets(topic)).toMatchObject([{ low: '0', high: String(written) }])
    await admin.disconnect()
  })
}

async function withKafka(use: (client: Kafka) => Promise<void>): Promise<void> {
  const brokers = [`127.0.0.1:${options.ports.kafka}`]
  await use(new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50, retries: 20 } }))
}

async function sql(query: string): Promise<string> {
  const { url, user, password, database } = stack.clickhouse
  const answer = await fetch(`${url}/?database=${database}`, {
    method: 'POST',
    body: query,
    headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
  })
  const text = (await answer.text()).trim()
  if (!answer.ok) throw new Error(text)
  return text
}

function isListening(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.once('error', () => done(false))
  })
}
