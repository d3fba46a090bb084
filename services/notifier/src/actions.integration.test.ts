import { decodeControlEvent, TOPICS } from '@meterline/contract'
import { actionRunId } from '@meterline/domain'
import type { ActionRun } from '@meterline/domain'
import { createKafkaClient, readLog } from '@meterline/kafka'
import { findFreePorts, startKafka } from '@meterline/local-stack'
import type { Kafka } from '@meterline/local-stack'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'

import { createNotifierWorld, eventually } from './testing/notifier-world.ts'
import type { NotifierProcess, NotifierWorld } from './testing/notifier-world.ts'
import { sampleAlert } from './testing/sample-alert.ts'
import { startControlProcess } from './testing/start-control.ts'
import type { ControlProcess } from './testing/start-control.ts'

let kafka: Kafka
let dataDir: string
let world: NotifierWorld
let control: ControlProcess
let port: number
let alerts = 0

// Kafka and the control service of its own: what stands in the control log is counted.
beforeAll(async () => {
  const [kafkaPort = 0, controllerPort = 0, controlPort = 0, free = 0] = await findFreePorts(4)
  port = free
  dataDir = await mkdtemp(join(tmpdir(), 'meterline-actions-'))
  const cacheDir =
    process.env['METERLINE_CACHE_DIR'] ?? join(import.meta.dirname, '../../../.meterline/cache')
  const logFile = join(dataDir, 'kafka.log')
  kafka = await startKafka({ port: kafkaPort, controllerPort, dataDir, logFile, cacheDir })
  world = await createNotifierWorld([kafka.broker])
  await world.control(
    {
      kind: 'organization',
      id: 'acme',
      type: 'put',
      data: { id: 'acme', name: 'Acme', reporting_time_zone: 'UTC', unattributed: 'reject' },
    },
    { kind: 'billing_group', id: 'payments', type: 'put', data: { id: 'payments', name: 'Payments' } },
    {
      kind: 'action_policy',
      id: 'throttle',
      type: 'put',
      data: { id: 'throttle', scope: 'billing_group:payments', automatic: ['rate_limit'], dry_run: false },
    },
  )
  control = await startControlProcess({ brokers: [kafka.broker], port: controlPort })
})

afterAll(async () => {
  await control?.stop()
  await world?.close()
  await kafka?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

const notifiers: NotifierProcess[] = []
afterEach(async () => {
  for (const each of notifiers.splice(0)) await each.stop()
})

async function start(fault?: Parameters<NotifierWorld['start']>[0]['fault']) {
  const env = { METERLINE_CONTROL_URL: control.url, METERLINE_STATE_DIR: dataDir }
  const notifier = await world.start({ port, env, ...(fault === undefined ? {} : { fault }) })
  notifiers.push(notifier)
  return notifier
}

function nextAlert() {
  alerts += 1
  return sampleAlert({
    id: `alert_${String(alerts).padStart(24, '0')}`,
    allocation_id: null,
    at: new Date().toISOString(),
  })
}

/** The run, once it stands so. */
async function run(notifier: NotifierProcess, id: string, state: ActionRun['state']) {
  return eventually(async () => {
    const { body } = await notifier.ask('/v1/actions')
    const { actions } = body as { actions: readonly ActionRun[] }
    return actions.find((each) => each.id === id && each.state === state)
  })
}

/** Every put and removal in the control log of what a run has set. */
async function effects(id: string): Promise<string[]> {
  const client = createKafkaClient({ brokers: [kafka.broker], clientId: 'actions-test' })
  const found: string[] = []
  const log = readLog(client, { topic: TOPICS.controlLog.name, partition: 0, to: 'end' })
  for await (const records of log) {
    for (const { value } of records) {
      const event = value === null ? undefined : decodeControlEvent(value)
      if (event?.id === id && event.kind === 'rate_rule') found.push(event.type)
    }
  }
  await client.close()
  return found
}

test.each(['action-running', 'action-performed'] as const)(
  'killed at %s, an automatic action comes about once, and is undone by hand',
  async (step) => {
    const alert = nextAlert()
    const id = actionRunId(alert.id, 'rate_limit')
    const first = await start({ step, occurrence: 1 })
    await world.alert(alert)
    await first.ended
    expect(first.child.signalCode).toBe('SIGKILL')
    const second = await start()
    expect(await run(second, id, 'done')).toMatchObject({
      approved_by: 'policy:throttle',
      scope: 'billing_group:payments',
      undo: { kind: 'rate_rule', id },
    })
    expect(await control.ask(`/v1/rate-rules/${id}`)).toMatchObject({ data: { max_rps: 10, set_by: id } })
    expect(await effects(id)).toEqual(['put'])
    expect(await second.ask(`/v1/actions/${id}/undo`, { method: 'POST' })).toMatchObject({
      status: 200,
      body: { ended: true, action: { state: 'undone' } },
    })
    expect(await effects(id)).toEqual(['put', 'removed'])
    expect(await second.ask(`/v1/actions/${id}/undo`, { method: 'POST' })).toMatchObject({ status: 409 })
  },
)

test('what a policy let run ends with its alert', async () => {
  const alert = nextAlert()
  const id = actionRunId(alert.id, 'rate_limit')
  const notifier = await start()
  await world.alert(alert)
  await run(notifier, id, 'done')
  await world.alert({ ...alert, version: 2, state: 'resolved', at: new Date().toISOString() })
  expect(await run(notifier, id, 'undone')).toMatchObject({ undo: null })
  expect(await effects(id)).toEqual(['put', 'removed'])
})

test('what no policy lets run by itself waits for a person', async () => {
  const alert = { ...nextAlert(), action: { type: 'block', params: { scope: 'allocation' } } }
  const id = actionRunId(alert.id, 'block')
  const notifier = await start()
  await world.alert({ ...alert, severity: 'hard_cap' })
  expect(await run(notifier, id, 'planned')).toMatchObject({ dry_run: false, approved_by: null })
  expect(await control.ask(`/v1/blocks/${id}`)).toMatchObject({ error: { code: 'not_found' } })
  expect(await notifier.ask(`/v1/actions/${id}/run`, { method: 'POST' })).toMatchObject({
    status: 200,
    body: { ended: true, action: { state: 'done', approved_by: 'token:admin' } },
  })
  expect(await control.ask(`/v1/blocks/${id}`)).toMatchObject({ data: { scope: 'billing_group:payments' } })
})
