import type { AlertMark, Channel } from '@meterline/domain'
import { createAlertBook, createOrganizationView } from '@meterline/domain'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { createOutgoingClient } from '../outgoing/outgoing-client.ts'
import { createSecretSource } from '../secrets/secret-source.ts'
import { OK, startReceiver } from '../testing/receiver.ts'
import type { Receiver } from '../testing/receiver.ts'
import { sampleAlert } from '../testing/sample-alert.ts'
import { createAlertmanagerRefresh, REFRESH_BOUNDS } from './alertmanager-refresh.ts'
import { sendAlertmanager } from './alertmanager.ts'
import type { Message, SenderParts } from './sender.ts'

const MINUTE_MS = 60_000
/** Alertmanager's `resolve_timeout`, as it comes. */
const RESOLVE_TIMEOUT_MS = 5 * MINUTE_MS
const ALERT = sampleAlert()
const START_MS = Date.parse(ALERT.at)

interface Posted {
  readonly labels: Readonly<Record<string, string>>
  readonly startsAt: string
  readonly endsAt?: string
}

let receiver: Receiver
let parts: SenderParts
let nowMs: number
let answered: PromiseWithResolvers<void>
/** What Alertmanager would hold: without an end, one `resolve_timeout` after the last word. */
let held: { startsAtMs: number; endsAtMs: number } | undefined

beforeEach(async () => {
  nowMs = START_MS
  held = undefined
  receiver = await startReceiver()
  receiver.behave(({ body }) => {
    for (const { startsAt, endsAt } of JSON.parse(body) as Posted[]) {
      const endsAtMs = endsAt === undefined ? nowMs + RESOLVE_TIMEOUT_MS : Date.parse(endsAt)
      held = { startsAtMs: Math.min(Date.parse(startsAt), held?.startsAtMs ?? Infinity), endsAtMs }
    }
    return OK
  })
  parts = {
    client: createOutgoingClient({ allowPrivate: true, attemptTimeoutMs: 1_000 }),
    secrets: createSecretSource({ variables: {}, directory: undefined }),
    mailer: undefined,
    pagerDutyUrls: { us: receiver.url, eu: receiver.url },
    externalUrl: 'https://meterline.example.com',
  }
})
afterEach(async () => {
  await parts.client.close()
  await receiver.close()
})

function world(settings: Channel['settings'] = { url: receiver.url, format: 'api_v2' }) {
  const view = createOrganizationView()
  const book = createAlertBook(view)
  const channel: Channel = { id: 'am', type: 'alertmanager', settings }
  const refresh = createAlertmanagerRefresh({
    book,
    channels: () => [channel],
    senders: parts,
    nowMs: () => nowMs,
    onRound: () => answered.resolve(),
  })
  const send = (occasion: Message['occasion']) =>
    sendAlertmanager(
      {
        id: 'd',
        occasion,
        group: 'g',
        alerts: [ALERT],
        attemptAtMs: nowMs,
        accepted: [],
        spanOf: (id) => book.standing(id, nowMs),
      },
      channel,
      { ...parts, signal: new AbortController().signal },
    )
  const told = (occasion: 'fired' | 'resolved') =>
    book.foldDelivery({ channel: 'am', occasion, due_ms: nowMs, alerts: [ALERT] })
  /** Ten seconds after ten seconds; whether Alertmanager held it as firing all the time. */
  const holds = async (forMs: number): Promise<boolean> => {
    let firing = true
    for (const endMs = nowMs + forMs; nowMs < endMs; nowMs += 10_000) {
      const before = receiver.requests.length
      answered = Promise.withResolvers()
      refresh.round()
      if (nowMs % REFRESH_BOUNDS.everyMs === 0 && book.lasting('am').length > 0) await answered.promise
      // Whatever it does after its answer is done before the next step.
      await setImmediate()
      expect(receiver.requests.length - before).toBeLessThanOrEqual(1)
      firing &&= (held?.endsAtMs ?? 0) > nowMs
    }
    return firing
  }
  return { view, book, refresh, send, told, holds }
}

test('what lasts is said again before Alertmanager takes it for over, and what is over is over at once', async () => {
  const { view, book, refresh, send, told, holds } = world()
  book.foldAlert(ALERT)
  told('fired')
  await send('fired')
  expect(await holds(20 * MINUTE_MS)).toBe(true)
  expect(receiver.requests).toHaveLength(21)
  // A person's word: burn goes on calling it firing.
  const mark: AlertMark = { id: ALERT.id, state: 'resolved', by: 'user:ada', at_ms: nowMs - 1_000, note: '' }
  view.entities.alert_mark.set(ALERT.id, mark)
  expect(book.lasting('am')).toEqual([])
  refresh.hold('am')
  await send('resolved')
  expect(held).toEqual({ startsAtMs: START_MS, endsAtMs: mark.at_ms })
  expect(await holds(10 * MINUTE_MS)).toBe(false)
  expect(receiver.requests).toHaveLength(22)
  await refresh.stop()
})

test('a receiver that is silent has one request waiting, and what it is about to hear comes after it', async () => {
  receiver.behave({ kind: 'silent' })
  const { book, refresh, told } = world()
  book.foldAlert(ALERT)
  told('fired')
  answered = Promise.withResolvers()
  for (let minute = 0; minute < 30; minute += 1, nowMs += MINUTE_MS) refresh.round()
  refresh.hold('am')
  await answered.promise
  expect(receiver.requests.length).toBeLessThanOrEqual(1)
  await refresh.stop()
})

test('receivers that take what Alertmanager sends are left alone', async () => {
  const { book, refresh, told } = world({ url: receiver.url })
  book.foldAlert(ALERT)
  told('fired')
  refresh.round()
  await refresh.stop()
  expect(receiver.requests).toEqual([])
})
