import { actionRunId, createAlertBook, createOrganizationView } from '@meterline/domain'
import { createLogger, createMetrics } from '@meterline/runtime'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { notifierEvents } from '../events.ts'
import { createOutgoingClient } from '../outgoing/outgoing-client.ts'
import type { OutgoingClient } from '../outgoing/outgoing-client.ts'
import { startControlStandIn } from '../testing/control-stand-in.ts'
import type { ControlStandIn } from '../testing/control-stand-in.ts'
import { sampleAlert } from '../testing/sample-alert.ts'
import { createActionRunner } from './action-runner.ts'
import type { ActionRunner } from './action-runner.ts'
import { createControlClient } from './control-client.ts'
import { gatewayExecutor } from './executors/gateway.ts'
import { createJsonApi } from './json-api.ts'

const alert = sampleAlert({ allocation_id: null, severity: 'warning' })
const ID = actionRunId(alert.id, 'rate_limit')
const DEADLINE_MS = 5_000
const view = createOrganizationView()
const book = createAlertBook(view)
let client: OutgoingClient
let server: ControlStandIn
let runner: ActionRunner
let stopping: AbortController
let nowMs: number

beforeEach(async () => {
  client = createOutgoingClient({ allowPrivate: true })
  server = await startControlStandIn()
  stopping = new AbortController()
  nowMs = Date.parse(alert.at)
  const common = { client, signal: stopping.signal, nowMs: () => nowMs }
  const control = createControlClient(
    createJsonApi({ ...common, name: 'control', baseUrl: server.url, headers: {} }),
  )
  const shell = { logger: createLogger({ name: 'test', level: 'silent' }), metrics: createMetrics('test') }
  runner = createActionRunner({
    ...common,
    view,
    control,
    events: notifierEvents(shell),
    executorOf: () => gatewayExecutor(control),
  })
})

afterEach(async () => {
  stopping.abort()
  await runner.stop()
  await client.close()
  await server.close()
})

/** Rounds, with what the control service has in the view, until the run stands so. */
async function roundsUntil(state: string): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS
  while (server.run(ID)?.state !== state) {
    if (performance.now() > deadlineMs) throw new Error(`the run is ${server.run(ID)?.state}, not ${state}`)
    const run = server.run(ID)
    if (run !== undefined) view.entities.action_run.set(ID, run)
    runner.round(book)
    nowMs += 1_000
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('an alert sets its action off once, whatever fails on the way, and its end takes it back', async () => {
  view.entities.action_policy.set('all', {
    id: 'all',
    scope: 'org:*',
    automatic: ['rate_limit'],
    dry_run: false,
  })
  book.foldAlert(alert)
  const away = { status: 503, body: {} }
  server.failNext(away, away)
  await roundsUntil('done')
  expect(server.entities.has(`rate-rules/${ID}`)).toBe(true)
  // More rounds change nothing.
  for (let i = 0; i < 5; i += 1) runner.round(book)
  book.foldAlert({ ...alert, version: 2, state: 'resolved', at: new Date(nowMs).toISOString() })
  await roundsUntil('undone')
  expect(server.entities.has(`rate-rules/${ID}`)).toBe(false)
  expect(server.calls.filter((call) => call.startsWith('PUT /v1/rate-rules'))).toHaveLength(1)
  expect(server.calls.filter((call) => call.startsWith('DELETE'))).toHaveLength(1)
})
