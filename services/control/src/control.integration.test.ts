import { decodeControlEvent, TOPICS } from '@meterline/contract'
import { followOrganization, unreadableText } from '@meterline/control-log'
import type { ControlEvent } from '@meterline/domain'
import { createKafkaClient, createLogWriter, ensureTopics, readLog } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { findFreePorts, startKafka } from '@meterline/local-stack'
import type { Kafka } from '@meterline/local-stack'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest'

import { SAMPLE } from './testing/memory-control.ts'
import { startControlProcess } from './testing/control-process.ts'
import type { ControlProcess, ProcessAnswer } from './testing/control-process.ts'

// A broker of its own: control.log has one writer, and the other tests' would be taken for another service.
let dir = ''
let broker: Kafka
let kafka: KafkaClient
let ports: readonly number[] = []
const running: ControlProcess[] = []

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'meterline-control-'))
  const [port = 0, controllerPort = 0, ...rest] = await findFreePorts(6)
  ports = rest
  const cacheDir =
    process.env['METERLINE_CACHE_DIR'] ?? join(import.meta.dirname, '../../../.meterline/cache')
  broker = await startKafka({
    port,
    controllerPort,
    dataDir: join(dir, 'kafka'),
    logFile: join(dir, 'kafka.log'),
    cacheDir,
  })
  kafka = createKafkaClient({ brokers: [broker.broker], clientId: 'control-test' })
  const topics = [TOPICS.controlLog, TOPICS.spendState, TOPICS.spendAlert]
  await ensureTopics(
    kafka,
    topics.map(({ name, partitions }) => ({ name, partitions, replicationFactor: 1, config: {} })),
  )
})

afterEach(async () => {
  for (const control of running.splice(0)) await control.stop()
})

afterAll(async () => {
  await kafka.close()
  await broker.stop()
  rmSync(dir, { recursive: true, force: true })
})

async function start(index = 0, env: Readonly<Record<string, string>> = {}): Promise<ControlProcess> {
  const control = await startControlProcess({
    env,
    brokers: broker.broker,
    clickhouse: inject('stack').clickhouse,
    port: ports[index] ?? 0,
  })
  running.push(control)
  return control
}

async function logged(): Promise<readonly ControlEvent[]> {
  const events: ControlEvent[] = []
  for await (const records of readLog(kafka, { topic: TOPICS.controlLog.name, partition: 0, to: 'end' })) {
    for (const { value } of records) {
      const event = value === null ? undefined : decodeControlEvent(value)
      if (event !== undefined) events.push(event)
    }
  }
  return events
}

test('a command is in the log when it is answered, and a new process knows it', async () => {
  const control = await start()
  const applied = await control.call('POST', '/v1/apply', SAMPLE)
  expect([applied.status, applied.body['applied']]).toEqual([200, true])
  const put = await control.call('PUT', '/v1/limits/l-new', {
    level: 'group',
    scope: 'team:auth',
    hard_cap_credits: 5,
  })
  const last = (await logged()).at(-1)
  expect(last).toMatchObject({
    kind: 'limit',
    id: 'l-new',
    actor: 'token:admin',
    data: { hard_cap_micro: 5_000_000 },
  })
  await control.stop()

  const next = await start()
  expect((await next.call('GET', '/v1/limits/l-new')).body).toEqual(put.body)
  expect((await next.call('POST', '/v1/apply', SAMPLE)).body['changes']).toMatchObject([
    { change: 'removed', id: 'l-new' },
  ])
})

test('apply again with another figure: one request is open, the former one is superseded, and what waited comes after the yes of two', async () => {
  const people = `
  - { id: fin, name: Fin, email: fin@example.com, roles: [{ role: finance, scope: 'org:*' }] }
  - { id: eng, name: Eng, email: eng@example.com, roles: [{ role: engineering_approver, scope: 'org:*' }] }`
  const file = (group: number, more = '') =>
    SAMPLE.replace('users:', `users:${people}`).replace(
      'allocations:',
      `allocations:
  - { id: al-pay, scope: 'billing_group:pay', owner: o, monthly_credits: ${group}, gl_account: '1' }${more}`,
    )
  const below = `
  - { id: al-app, scope: 'department:checkout', owner: o, monthly_credits: 250, gl_account: '1' }`
  const first = await start()
  expect((await first.call('POST', '/v1/apply', file(200))).status).toBe(200)
  const [former] = waitingOf(await first.call('POST', '/v1/apply', file(240)))
  const answer = await first.call('POST', '/v1/apply', file(300, below))
  const [latter] = waitingOf(answer)
  expect(answer.body).toMatchObject({
    changes: [],
    held: [{ change: 'added', id: 'al-app' }],
    closed: [{ request: former?.request, state: 'superseded', superseded_by: latter?.request }],
  })
  await first.kill()

  const second = await start()
  const path = `/v1/requests/${latter?.request ?? ''}`
  const { items } = (await second.call('GET', '/v1/requests')).body as unknown as {
    items: { data: { state: string; closed?: object } }[]
  }
  expect(items.map(({ data }) => data.state).toSorted()).toEqual(['pending', 'superseded'])
  expect((await logged()).findLast(({ id }) => id === former?.request)).toMatchObject({
    actor: 'token:admin',
    data: { state: 'superseded', closed: { by: 'token:admin' }, superseded_by: latter?.request },
  })
  expect((await second.call('POST', '/v1/apply', file(300, below))).body).toMatchObject({
    changes: [],
    waiting: [{ request: latter?.request, opened: false }],
    closed: [],
  })
  for (const user of ['fin', 'eng']) {
    const password = `the password of ${user}`
    await second.call('POST', `/v1/users/${user}/password`, { password })
    const { token } = (await second.call('POST', '/v1/session', { user, password })).body
    const headers = { authorization: `Bearer ${String(token)}` }
    const old = await second.call('POST', `/v1/requests/${former?.request ?? ''}/approve`, {}, headers)
    expect([old.status, old.body.error?.code]).toEqual([409, 'wrong_state'])
    expect((await second.call('POST', `${path}/approve`, {}, headers)).status).toBe(200)
  }
  expect((await second.call('POST', '/v1/apply', file(300, below))).body).toMatchObject({
    changes: [{ change: 'added', id: 'al-app' }],
    waiting: [],
    held: [],
  })
  // Back to where the other tests are.
  expect((await second.call('POST', '/v1/apply', SAMPLE)).status).toBe(200)
})

const waitingOf = ({ body }: ProcessAnswer) => body['waiting'] as { request: string; opened: boolean }[]

test('a second control service takes over; the first refuses its next command, says why, and ends', async () => {
  const first = await start(0)
  const second = await start(1)
  const refused = await first.call('PUT', '/v1/pools/p', { name: 'P', owner: 'o' })
  expect([refused.status, refused.body.error?.code]).toEqual([503, 'superseded'])
  expect(await first.ended()).toBe(1)
  expect(first.log()).toContain('was taken by another control service: it has taken over, and this one stops')
  expect((await second.call('PUT', '/v1/pools/p', { name: 'P', owner: 'o' })).status).toBe(200)
  expect((await logged()).filter(({ id }) => id === 'p')).toHaveLength(1)
})

test('a service that is idle ends as soon as another one writes', async () => {
  const first = await start(0)
  const second = await start(1)
  await second.call('PUT', '/v1/pools/idle', { name: 'P', owner: 'o' })
  expect(await first.ended()).toBe(1)
  expect(first.log()).toContain('was written by another control service')
})

test('kill -9 in the middle of commands: sent again with their keys, each has taken effect exactly once', async () => {
  const rounds = 3
  const issued: string[] = []
  let control = await start()
  for (let round = 0; round < rounds; round += 1) {
    const commands = Array.from({ length: 12 }, (_, index) => `${round}-${index}`)
    const issue = (name: string) =>
      control.call(
        'POST',
        '/v1/keys',
        { project: 'auth-app', environment: name },
        { 'idempotency-key': `issue-${name}` },
      )
    const first = commands.map((name) => issue(name).catch(() => undefined))
    // As soon as one is answered, others are under way.
    await Promise.any(first)
    await control.kill()
    await Promise.all(first)
    control = await start()
    for (const answer of await Promise.all(commands.map(issue))) {
      expect(answer.status).toBe(201)
      issued.push(String(answer.body['id']))
    }
  }
  expect(new Set(issued).size).toBe(rounds * 12)
  const written = (await logged()).filter(({ kind, id }) => kind === 'api_key' && issued.includes(id))
  expect(written).toHaveLength(issued.length)
})

test('two commands at the same version: one wins, the other is told', async () => {
  const control = await start()
  const { version } = (await control.call('GET', '/v1/teams/auth')).body
  const put = (name: string) =>
    control.call(
      'PUT',
      '/v1/teams/auth',
      { name, department: 'checkout', cost_center: 'CC-1' },
      { 'if-match': `"${String(version)}"` },
    )
  const answers = await Promise.all(['One', 'Two', 'Three'].map(put))
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409])
})

test('a record that somebody else wrote ends the service rather than its view going wrong', async () => {
  const control = await start()
  const writer = createLogWriter(kafka)
  const event = {
    schema: 1,
    command_id: 'x',
    at_ms: 1,
    actor: 'x',
    kind: 'pool',
    id: 'idle',
    type: 'removed',
  }
  await writer.send([
    {
      topic: TOPICS.controlLog.name,
      partition: 0,
      messages: [{ key: 'pool:idle', value: Buffer.from(JSON.stringify(event)) }],
    },
  ])
  await writer.close()
  expect(await control.ended()).toBe(1)
})

test('a record that cannot be read: control does not decide without it, until a person says so and it is put again', async () => {
  const first = await start()
  const entry = { name: 'Healed', owner: 'o' }
  await first.call('PUT', '/v1/pools/newer', { ...entry, name: 'Before' })
  await first.stop()
  running.splice(0)
  const written = (await logged()).findLast(({ id }) => id === 'newer')
  const newer = { ...written, data: { id: 'newer', name: 'After', owner: 'o', color: 'red' } }
  const writer = createLogWriter(kafka)
  await writer.send([
    {
      topic: TOPICS.controlLog.name,
      partition: 0,
      messages: [{ key: 'pool:newer', value: Buffer.from(JSON.stringify(newer)) }],
    },
  ])
  await writer.close()
  const refusal = await start().then(
    () => 'it started',
    (error: unknown) => String(error),
  )
  expect(refusal).toContain('(pool:newer) cannot be read')
  const [, offset = ''] = /CONTROL_PASS_OVER=(\d+)/.exec(refusal) ?? []

  // Whoever only follows goes on with what was before.
  const follower = followOrganization(kafka, () => undefined)
  await follower.follower.caughtUp
  expect(follower.view.entities.pool.get('newer')?.name).toBe('Before')
  expect(unreadableText(follower.unreadable)).toContain(`record ${offset} of control.log (pool:newer)`)

  const second = await start(0, { CONTROL_PASS_OVER: offset })
  const health = await second.call('GET', '/health/ready')
  expect([health.status, health.body['status']]).toEqual([200, 'degraded'])
  expect((await second.call('PUT', '/v1/pools/newer', entry)).status).toBe(200)
  expect((await second.call('GET', '/health/ready')).body['status']).toBe('ready')
  await second.stop()
  running.splice(0)

  await follower.reached(Number.MAX_SAFE_INTEGER - 1, 10_000)
  expect(follower.view.entities.pool.get('newer')?.name).toBe('Healed')
  expect(follower.unreadable.size).toBe(0)
  await follower.follower.stop()
  const third = await start()
  expect((await third.call('GET', '/v1/pools/newer')).body['data']).toMatchObject(entry)
})
