import { createAlertBook, createOrganizationView } from '@meterline/domain'
import type { AlertMark, Channel } from '@meterline/domain'
import { findFreePorts } from '@meterline/local-stack'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { createOutgoingClient } from '../outgoing/outgoing-client.ts'
import { createSecretSource } from '../secrets/secret-source.ts'
import { startAlertmanager } from '../testing/alertmanager-process.ts'
import type { AlertmanagerProcess, HeldAlert } from '../testing/alertmanager-process.ts'
import { eventually } from '../testing/notifier-world.ts'
import { startReceiver } from '../testing/receiver.ts'
import type { Receiver } from '../testing/receiver.ts'
import { sampleAlert } from '../testing/sample-alert.ts'
import { createAlertmanagerRefresh } from './alertmanager-refresh.ts'
import { alertmanagerWebhook, sendAlertmanager } from './alertmanager.ts'
import type { Message, SenderParts } from './sender.ts'

const program = findAlertmanager()
const RESOLVE_TIMEOUT_SECONDS = 2

// Counted as skipped, and never as passed, where there is no such program: `apt-get install prometheus-alertmanager`, or ALERTMANAGER=<path>.
describe.runIf(program !== undefined)('Alertmanager itself', () => {
  let alertmanager: AlertmanagerProcess
  let receiver: Receiver
  let parts: SenderParts
  let alerts = 0

  beforeAll(async () => {
    receiver = await startReceiver()
    const [port = 0] = await findFreePorts(1)
    const of = { port, resolveTimeoutSeconds: RESOLVE_TIMEOUT_SECONDS, webhookUrl: receiver.url }
    alertmanager = await startAlertmanager({ program: program ?? '', ...of })
    parts = {
      client: createOutgoingClient({ allowPrivate: true, attemptTimeoutMs: 5_000 }),
      secrets: createSecretSource({ variables: {}, directory: undefined }),
      mailer: undefined,
      pagerDutyUrls: { us: receiver.url, eu: receiver.url },
      externalUrl: 'https://meterline.example.com',
    }
  })
  afterAll(async () => {
    await parts?.client.close()
    await alertmanager?.stop()
    await receiver?.close()
  })

  /** An alert that no other test has, in a book that has just heard of it. */
  function world() {
    alerts += 1
    const id = `alert_${String(alerts).padStart(24, '0')}`
    const alert = sampleAlert({ id, at: new Date().toISOString() })
    const view = createOrganizationView()
    const book = createAlertBook(view)
    book.foldAlert(alert)
    const channel: Channel = {
      id: 'am',
      type: 'alertmanager',
      settings: { url: `${alertmanager.url}/api/v2/alerts`, format: 'api_v2' },
    }
    const message = (occasion: Message['occasion']): Message => ({
      id: 'd',
      occasion,
      group: 'g',
      alerts: [alert],
      attemptAtMs: Date.now(),
      accepted: [],
      spanOf: (of) => book.standing(of, Date.now()),
    })
    return {
      alert,
      view,
      book,
      channel,
      message,
      send: (occasion: Message['occasion']) =>
        sendAlertmanager(message(occasion), channel, { ...parts, signal: new AbortController().signal }),
      held: async (): Promise<HeldAlert | undefined> =>
        (await alertmanager.alerts()).find(({ labels }) => labels['alert_id'] === id),
    }
  }

  const untilGone = (held: () => Promise<HeldAlert | undefined>): Promise<true> =>
    eventually(async () => ((await held()) === undefined ? true : undefined))

  test('shows what fires, with its labels and its begin, and no longer what a person has resolved', async () => {
    const { alert, view, book, send, held } = world()
    expect(await send('fired')).toMatchObject({ kind: 'delivered' })
    expect(await held()).toMatchObject({
      status: { state: 'active' },
      labels: { alertname: 'budget_threshold', severity: 'critical', allocation_id: 'org-1234-bg-payments' },
      annotations: { summary: expect.stringContaining('org-1234-bg-payments') as string },
      startsAt: alert.at,
      generatorURL: 'https://meterline.example.com',
    })
    const mark: AlertMark = { id: alert.id, state: 'resolved', by: 'user:ada', at_ms: Date.now(), note: '' }
    view.entities.alert_mark.set(alert.id, mark)
    expect(book.lasting('am')).toEqual([])
    expect(await send('resolved')).toMatchObject({ kind: 'delivered' })
    await untilGone(held)
  })

  test('keeps what is said again, and takes for over what nobody says any more', async () => {
    const { alert, book, channel, send, held } = world()
    await send('fired')
    book.foldDelivery({ channel: 'am', occasion: 'fired', due_ms: Date.now(), alerts: [alert] })
    const first = await held()
    let said = Promise.withResolvers<string>()
    // A minute passes for us with each round; Alertmanager has its own clock.
    let nowMs = Date.now()
    const refresh = createAlertmanagerRefresh({
      book,
      channels: () => [channel],
      senders: parts,
      nowMs: () => nowMs,
      onRound: ({ outcome }) => said.resolve(outcome),
    })
    const lasted = await eventually(async () => {
      said = Promise.withResolvers()
      nowMs += 60_000
      refresh.round()
      expect(await said.promise).toBe('delivered')
      const now = await held()
      expect(now).toMatchObject({ startsAt: alert.at, status: { state: 'active' } })
      // Until it would long be over, had it been said once.
      return Date.now() > Date.parse(first?.endsAt ?? '') + 500 ? now : undefined
    })
    expect(Date.parse(lasted.endsAt)).toBeGreaterThan(Date.parse(first?.endsAt ?? '') + 500)
    await refresh.stop()
    await untilGone(held)
  })

  test('a silence there holds over what we say again', async () => {
    const { alert, send, held } = world()
    const silence = await alertmanager.silence(alert.id)
    await send('fired')
    const status = { state: 'suppressed', silencedBy: [silence] }
    await eventually(async () => ((await held())?.status.state === 'suppressed' ? true : undefined))
    await send('repeated')
    expect(await held()).toMatchObject({ status })
    expect(receiver.requests.some(({ body }) => body.includes(alert.id))).toBe(false)
  })

  test('what it sends to a webhook is what our format "webhook" sends', async () => {
    const { alert, message, send } = world()
    await send('fired')
    const { body } = await eventually(() => receiver.requests.find((each) => each.body.includes(alert.id)))
    const theirs = JSON.parse(body) as object
    const ours = alertmanagerWebhook(message('fired'), { receiver: 'hook', externalUrl: alertmanager.url })
    expect(shapeOf(ours)).toEqual(shapeOf(theirs))
    expect(ours.alerts[0]).toMatchObject({ status: 'firing', endsAt: '0001-01-01T00:00:00Z' })
  })
})

/** Names and types, in no order; what stands in labels and annotations is each one's own. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, inner]) => [name, FREE.has(name) ? 'names and texts' : shapeOf(inner)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}

const FREE: ReadonlySet<string> = new Set([
  'labels',
  'annotations',
  'groupLabels',
  'commonLabels',
  'commonAnnotations',
])

/** The program itself, by `ALERTMANAGER` or on the path; `undefined`: this machine has none. */
function findAlertmanager(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const places = folders.flatMap((folder) =>
    ['prometheus-alertmanager', 'alertmanager'].map((name) => join(folder, name)),
  )
  return [process.env['ALERTMANAGER'] ?? '', ...places].find(isProgram)
}

function isProgram(path: string): boolean {
  if (path === '') return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
