import type { Channel, ControlChange } from '@meterline/domain'
import { findFreePorts, startKafka } from '@meterline/local-stack'
import type { Kafka } from '@meterline/local-stack'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'

import { createNotifierWorld, eventually } from './testing/notifier-world.ts'
import type { NotifierProcess, NotifierWorld } from './testing/notifier-world.ts'
import { OK, startReceiver } from './testing/receiver.ts'
import type { Receiver } from './testing/receiver.ts'
import { sampleAlert } from './testing/sample-alert.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const settings = { NOTIFIER_SECRET_HOOK: SECRET, NOTIFIER_RETRY_DELAYS_MS: '0,1500,1500,60000' }
let kafka: Kafka
let dataDir: string
let world: NotifierWorld
let receiver: Receiver
let port: number
let alerts = 0

// A Kafka of its own: topics have the names they have in earnest.
beforeAll(async () => {
  const [kafkaPort = 0, controllerPort = 0, free = 0] = await findFreePorts(3)
  port = free
  dataDir = await mkdtemp(join(tmpdir(), 'meterline-notifier-'))
  const cacheDir =
    process.env['METERLINE_CACHE_DIR'] ?? join(import.meta.dirname, '../../../.meterline/cache')
  const logFile = join(dataDir, 'kafka.log')
  kafka = await startKafka({ port: kafkaPort, controllerPort, dataDir, logFile, cacheDir })
  world = await createNotifierWorld([kafka.broker])
})

afterAll(async () => {
  await world?.close()
  await kafka?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

const notifiers: NotifierProcess[] = []

beforeEach(async () => {
  receiver = await startReceiver()
  await world.control(hook(receiver.url), {
    kind: 'alert_route',
    id: 'all',
    type: 'put',
    data: {
      id: 'all',
      position: 1,
      match: { severities: [], rules: [], scopes: [], environments: [] },
      channels: ['hook'],
      escalate_to: [],
      group_by: ['allocation_id'],
      group_wait_ms: 0,
      repeat_interval_ms: 24 * 3_600_000,
      continue: false,
    },
  })
})

afterEach(async () => {
  for (const each of notifiers.splice(0)) await each.stop()
  await receiver.close()
})

function hook(url: string): ControlChange {
  const data: Channel = { id: 'hook', type: 'webhook', settings: { url, secret_env: 'NOTIFIER_SECRET_HOOK' } }
  return { kind: 'channel', id: 'hook', type: 'put', data }
}

/** An alert that no other test has. */
function nextAlert() {
  alerts += 1
  const id = `alert_${String(alerts).padStart(24, '0')}`
  return sampleAlert({ id, allocation_id: `allocation-${alerts}`, at: new Date().toISOString() })
}

async function start(fault?: Parameters<NotifierWorld['start']>[0]['fault']) {
  // Where it remembers its membership, so that a restart need not wait for the dead process's session.
  const env = { ...settings, METERLINE_STATE_DIR: dataDir }
  const notifier = await world.start({ port, env, ...(fault === undefined ? {} : { fault }) })
  notifiers.push(notifier)
  return notifier
}

interface Listed {
  readonly deliveries: readonly {
    id: string
    state: string
    attempts: number
    under_way: boolean
    next_attempt_at: string | null
  }[]
}

/** The delivery of an alert, once it stands so. */
async function delivery(notifier: NotifierProcess, alert: string, state: string) {
  return eventually(async () => {
    const { body } = await notifier.ask(`/v1/deliveries?alert=${alert}`)
    return (body as Listed).deliveries.find((each) => each.state === state)
  })
}

const idsSeen = (): unknown[] => receiver.requests.map(({ headers }) => headers['webhook-id'])

test.each([
  ['sent', 2],
  ['begun', 1],
] as const)(
  'killed once a delivery is %s and not recorded: it is attempted again with the same id, and the receiver sees it %i times',
  async (step, times) => {
    const alert = nextAlert()
    const first = await start({ step, occurrence: 1 })
    await world.alert(alert)
    await first.ended
    expect(first.child.signalCode).toBe('SIGKILL')
    const second = await start()
    const { id, attempts } = await delivery(second, alert.id, 'delivered')
    expect(attempts).toBe(2)
    expect(idsSeen()).toEqual(Array.from({ length: times }, () => id))
    const verifier = new Webhook(SECRET)
    for (const { body, headers } of receiver.requests) {
      expect(verifier.verify(body, headers as Record<string, string>)).toEqual(alert)
    }
  },
)

test('killed once it is recorded: it is not sent again', async () => {
  const alert = nextAlert()
  const first = await start({ step: 'recorded', occurrence: 1 })
  await world.alert(alert)
  await first.ended
  const second = await start()
  expect(await delivery(second, alert.id, 'delivered')).toMatchObject({ attempts: 1 })
  const later = nextAlert()
  await world.alert(later)
  await delivery(second, later.id, 'delivered')
  expect(idsSeen()).toHaveLength(2)
})

test('the schedule goes on where it was, whoever is killed in between; what is dead can be sent again by hand', async () => {
  receiver.behave({ kind: 'status', status: 500, body: 'not today' })
  const alert = nextAlert()
  const first = await start({ step: 'recorded', occurrence: 2 })
  await world.alert(alert)
  await first.ended
  const second = await start()
  await eventually(() => (receiver.requests.length >= 3 ? true : undefined))
  const { id, next_attempt_at } = await eventually(async () => {
    const found = await delivery(second, alert.id, 'pending')
    return found.attempts === 3 && !found.under_way ? found : undefined
  })
  // The fourth is a minute away, and stays where it is when another notifier takes over.
  second.child.kill('SIGKILL')
  await second.ended
  const third = await start()
  expect(await delivery(third, alert.id, 'pending')).toMatchObject({ id, attempts: 3, next_attempt_at })
  expect(new Set(idsSeen())).toEqual(new Set([id]))
  receiver.behave(OK)
  expect(await third.ask(`/v1/deliveries/${id}/redeliver`, { method: 'POST' })).toMatchObject({ status: 202 })
  expect(await delivery(third, alert.id, 'delivered')).toMatchObject({ id, attempts: 4 })
})

test('410 disables the channel, what comes is dead, and a changed channel is tried again', async () => {
  receiver.behave({ kind: 'status', status: 410 })
  const notifier = await start()
  const [gone, later] = [nextAlert(), nextAlert()]
  await world.alert(gone)
  await delivery(notifier, gone.id, 'dead')
  receiver.behave(OK)
  await world.alert(later)
  const dead = await delivery(notifier, later.id, 'dead')
  expect(receiver.requests).toHaveLength(1)
  expect(await notifier.ask(`/v1/deliveries/${dead.id}/redeliver`, { method: 'POST' })).toMatchObject({
    status: 409,
  })
  await world.control(hook(`${receiver.url}/new`))
  await eventually(async () => {
    const { status } = await notifier.ask(`/v1/deliveries/${dead.id}/redeliver`, { method: 'POST' })
    return status === 202 ? true : undefined
  })
  await delivery(notifier, later.id, 'delivered')
  expect(receiver.requests.at(-1)).toMatchObject({ path: '/hook/new' })
})

test('a receiver that fails in every try: the dead letter is told by another channel, in the health detail and as a metric', async () => {
  const other = await startReceiver()
  onTestFinished(() => other.close())
  const data: Channel = {
    id: 'other',
    type: 'webhook',
    settings: { url: other.url, secret_env: 'NOTIFIER_SECRET_HOOK' },
  }
  await world.control({ kind: 'channel', id: 'other', type: 'put', data })
  receiver.behave({ kind: 'status', status: 500 })
  const env = { ...settings, METERLINE_STATE_DIR: dataDir, NOTIFIER_RETRY_DELAYS_MS: '0,100,100' }
  const notifier = await world.start({ port, env })
  notifiers.push(notifier)
  const [first, second] = [nextAlert(), nextAlert()]
  await world.alert(first)
  const dead = await delivery(notifier, first.id, 'dead')
  expect(dead.attempts).toBe(3)
  await world.alert(second)
  await delivery(notifier, second.id, 'dead')
  // Its own retries are over, and the announcement is there: once, though two deliveries died.
  const [announced] = await eventually(() => (other.requests.length > 0 ? other.requests : undefined))
  expect(announced?.headers).toMatchObject({
    'meterline-occasion': 'undelivered',
    'meterline-given-up': dead.id,
  })
  expect(JSON.parse(announced?.body ?? '')).toEqual(first)
  expect(other.requests).toHaveLength(1)
  const health = await (await fetch(`http://127.0.0.1:${port}/health/ready`)).text()
  expect(health).toContain('meterline deliveries list --state dead')
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  expect(metrics).toMatch(/meterline_notifier_dead_letters\{[^}]*\} [1-9]/)
  await world.control({ kind: 'channel', id: 'other', type: 'removed' })
})

test('a second notifier stands by, and takes over', async () => {
  const [otherPort = 0] = await findFreePorts(1)
  const first = await start()
  await first.ask('/v1/channels')
  const second = await world.start({ port: otherPort, env: settings })
  notifiers.push(second)
  await eventually(async () => {
    const answer = await fetch(`http://127.0.0.1:${otherPort}/health/ready`).catch(() => undefined)
    return answer?.ok === true ? true : undefined
  })
  await first.stop()
  const alert = nextAlert()
  await world.alert(alert)
  await delivery(second, alert.id, 'delivered')
  expect(idsSeen()).toHaveLength(1)
})
