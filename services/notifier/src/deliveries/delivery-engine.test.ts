import type { DeliveryState, NotificationRecord } from '@meterline/contract'
import { notificationKey } from '@meterline/contract'
import type { Channel, Delivery } from '@meterline/domain'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { sampleAlert } from '../testing/sample-alert.ts'
import { createDeliveryEngine } from './delivery-engine.ts'
import type { DeliveryEngine } from './delivery-engine.ts'
import { createNotificationLedger } from './notification-ledger.ts'
import type { NotificationLedger } from './notification-ledger.ts'
import type { Outcome } from './outcome.ts'
import { nextAttemptMs, RETRY_DELAYS_MS } from './retry-schedule.ts'

const DELIVERED: Outcome = { kind: 'delivered', detail: '' }
const FAILED: Outcome = { kind: 'failed', code: 'status_500', message: '' }
const CHANNEL: Channel = { id: 'ops', type: 'slack', settings: {} }

function delivery(id: string, changes: Partial<Delivery> = {}): Delivery {
  return {
    id,
    channel: 'ops',
    route: 'all',
    group: 'g',
    occasion: 'fired',
    due_ms: 0,
    alerts: [sampleAlert()],
    ...changes,
  }
}

interface Sent {
  readonly id: string
  readonly atMs: number
}

/** An engine over a log in memory, at a time of its own. */
function world(
  outcomeOf: (record: DeliveryState, made: number) => Outcome,
  announceTo: (dead: DeliveryState) => string | undefined = () => undefined,
) {
  const log = new Map<string, NotificationRecord>()
  const sent: Sent[] = []
  const given: (readonly [string, string | undefined])[] = []
  let nowMs = 1_000_000
  let current = open()

  function open(): { engine: DeliveryEngine; ledger: NotificationLedger } {
    const ledger = createNotificationLedger([...log.values()].reverse(), async (changes) => {
      for (const change of changes) {
        if ('put' in change) log.set(notificationKey(change.put), change.put)
        else log.delete(notificationKey(change.forget))
      }
    })
    const engine = createDeliveryEngine({
      ledger,
      channelOf: (id) => ({ ...CHANNEL, id }),
      attempt: async (record) => {
        sent.push({ id: record.id, atMs: nowMs })
        return outcomeOf(record, sent.filter(({ id }) => id === record.id).length)
      },
      delaysMs: RETRY_DELAYS_MS,
      nowMs: () => nowMs,
      announceTo,
      reports: {
        attempted: () => undefined,
        dead: ({ id }, announcedTo) => void given.push([id, announcedTo]),
        full: () => undefined,
      },
      onLost: (error) => {
        throw error
      },
    })
    return { engine, ledger }
  }
  return {
    sent,
    given,
    all: () => [...current.ledger.deliveries.values()],
    accept: (...deliveries: Delivery[]) => current.engine.accept(deliveries),
    engine: () => current.engine,
    state: (id: string) => current.ledger.deliveries.get(id),
    disabled: () => [...current.ledger.disabled.keys()],
    restart: async () => {
      await current.engine.stop()
      current = open()
    },
    /** Everything that happens until then, an hour at a time. */
    until: async (endMs: number) => {
      for (; nowMs < endMs; nowMs = Math.min(endMs, nowMs + STEP_MS)) {
        current.engine.pump()
        await settled()
      }
      current.engine.pump()
      await settled()
    },
    stop: () => current.engine.stop(),
    now: () => nowMs,
  }
}

const STEP_MS = 60_000
const HOUR_MS = 3_600_000

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('ten attempts over three days, then it is dead', async () => {
  const { accept, until, sent, state, now, stop } = world(() => FAILED)
  const startMs = now()
  await accept(delivery('d'))
  await until(startMs + 90 * HOUR_MS)
  expect(sent).toHaveLength(10)
  expect(state('d')).toMatchObject({ state: 'dead', attempts: 10, last: { code: 'status_500' } })
  const pausesMs = sent.map(({ atMs }, i) => atMs - (sent[i - 1]?.atMs ?? startMs))
  for (const [i, pauseMs] of pausesMs.entries()) {
    const delayMs = RETRY_DELAYS_MS[i] ?? Number.NaN
    expect(pauseMs).toBeGreaterThanOrEqual(delayMs)
    expect(pauseMs).toBeLessThanOrEqual(delayMs * 1.1 + STEP_MS)
  }
  await stop()
})

test('the next attempt is by the schedule or later by a tenth at most, and the same wherever it is computed', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(9), fc.nat(), (id, made, nowMs) => {
      const at = { id, nowMs, delaysMs: RETRY_DELAYS_MS }
      const delayMs = RETRY_DELAYS_MS[made] ?? 0
      const next = nextAttemptMs(made, at) ?? 0
      expect(next).toBe(nextAttemptMs(made, at))
      expect(next - nowMs).toBeGreaterThanOrEqual(delayMs)
      expect(next - nowMs).toBeLessThanOrEqual(delayMs * 1.1 + 1)
      expect(nextAttemptMs(10, at)).toBeUndefined()
    }),
  )
})

test('a resolution waits for the alert it resolves, others do not', async () => {
  const { accept, until, sent, now, stop } = world(({ id }, made) =>
    id === 'fired' && made < 4 ? FAILED : DELIVERED,
  )
  await accept(
    delivery('fired'),
    delivery('resolved', { occasion: 'resolved' }),
    delivery('other group', { group: 'h' }),
    delivery('other channel', { channel: 'boss' }),
  )
  await until(now() + HOUR_MS)
  expect(sent.map(({ id }) => id)).toEqual([
    'fired',
    'other group',
    'other channel',
    'fired',
    'fired',
    'fired',
    'resolved',
  ])
  await stop()
})

test('Retry-After is honoured, and holds up the whole channel', async () => {
  const throttled: Outcome = {
    kind: 'failed',
    code: 'status_429',
    message: '',
    retryAfterMs: 2 * HOUR_MS,
    throttled: true,
  }
  const { accept, until, sent, now, stop } = world((_record, made) => (made === 1 ? throttled : DELIVERED))
  const startMs = now()
  await accept(delivery('a'))
  await until(startMs + STEP_MS)
  await accept(delivery('b', { group: 'h' }))
  await until(startMs + 3 * HOUR_MS)
  expect(sent[0]).toEqual({ id: 'a', atMs: startMs })
  expect(sent.slice(1, 3).every(({ atMs }) => atMs >= startMs + 2 * HOUR_MS)).toBe(true)
  await stop()
})

test('410: the channel is disabled and what waits for it is dead; what is known is not taken twice', async () => {
  const { accept, until, sent, state, disabled, now, stop } = world(() => ({
    kind: 'gone',
    code: 'status_410',
    message: '',
  }))
  await accept(delivery('a'), delivery('b'))
  await until(now() + STEP_MS)
  await accept(delivery('a'), delivery('c', { group: 'h' }))
  await until(now() + HOUR_MS)
  expect(sent.map(({ id }) => id)).toEqual(['a'])
  expect(['a', 'b', 'c'].map((id) => state(id)?.state)).toEqual(['dead', 'dead', 'dead'])
  expect(disabled()).toEqual(['ops'])
  await stop()
})

const toBoss = ({ channel }: DeliveryState) => (channel === 'ops' ? 'boss' : undefined)

test('a receiver that fails in every try: it is announced elsewhere, once an hour, and an announcement never is', async () => {
  const { accept, until, restart, given, all, sent, state, now, stop } = world(
    ({ id }) => (id === 'b' ? { kind: 'refused', code: 'x', message: '' } : FAILED),
    toBoss,
  )
  const startMs = now()
  await accept(delivery('a'))
  while (state('a')?.state !== 'dead') await until(now() + 10 * STEP_MS)
  await accept(delivery('b', { group: 'h' }))
  await until(now() + STEP_MS)
  const [announcement, ...more] = all().filter(({ occasion }) => occasion === 'undelivered')
  expect(more).toEqual([])
  expect(given).toEqual([
    ['a', 'boss'],
    ['b', undefined],
  ])
  expect(announcement).toMatchObject({
    channel: 'boss',
    state: 'pending',
    given_up: { delivery: 'a', channel: 'ops', code: 'status_500' },
  })
  // A crash does not forget what was announced; what is announced dies like anything else, and that is all.
  await restart()
  await until(startMs + 200 * HOUR_MS)
  expect(all().map(({ state }) => state)).toEqual(['dead', 'dead', 'dead'])
  expect(given.at(-1)).toEqual([announcement?.id, undefined])
  expect(sent.filter(({ id }) => id === announcement?.id)).toHaveLength(10)
  await stop()
})

test('what dies because its channel is disabled is told, too', async () => {
  const { accept, until, given, now, stop } = world(
    ({ channel }) => (channel === 'boss' ? DELIVERED : { kind: 'gone', code: 'status_410', message: '' }),
    toBoss,
  )
  await accept(delivery('a'), delivery('b'))
  await until(now() + STEP_MS)
  await accept(delivery('c', { group: 'h' }))
  await until(now() + STEP_MS)
  expect(given).toEqual([
    ['a', 'boss'],
    ['b', undefined],
    ['c', undefined],
  ])
  await stop()
})

test('repetitions do not pile up for a receiver that is away: it hears of each alert once when it is back', async () => {
  let works = false
  const { accept, until, sent, all, now, stop } = world(() => (works ? DELIVERED : FAILED))
  const [known, other] = [sampleAlert(), sampleAlert({ id: `alert_${'e'.repeat(24)}` })]
  const repeated = (at: number, alerts = [known]) =>
    delivery(`r${at}`, { occasion: 'repeated', due_ms: at, alerts })
  await accept(delivery('fired'))
  for (let hour = 4; hour <= 48; hour += 4) {
    await until(1_000_000 + hour * HOUR_MS)
    // Taken, so that the book does not offer it for ever.
    expect(await accept(repeated(hour))).toHaveLength(1)
    if (hour === 24) await accept(repeated(100, [known, other]))
    if (hour === 28) await accept(repeated(101, [known, other]))
  }
  expect(all().map(({ alerts }) => alerts.map(({ id }) => id))).toEqual([[known.id], [other.id]])
  works = true
  await until(now() + 40 * HOUR_MS)
  expect(all().map(({ state }) => state)).toEqual(['delivered', 'delivered'])
  const before = sent.length
  await accept(repeated(200))
  await until(now() + STEP_MS)
  expect(sent).toHaveLength(before + 1)
  await stop()
})

test('sent again by hand it has the same id and the whole schedule before it', async () => {
  let works = false
  const { accept, until, engine, sent, state, now, stop } = world(() =>
    works ? DELIVERED : { kind: 'refused', code: 'x', message: '' },
  )
  await accept(delivery('a'))
  await until(now() + STEP_MS)
  expect(state('a')).toMatchObject({ state: 'dead', attempts: 1 })
  works = true
  await engine().redeliver('a')
  await until(now() + STEP_MS)
  expect(state('a')).toMatchObject({ state: 'delivered', attempts: 2, attempts_of_round: 1 })
  expect(sent.map(({ id }) => id)).toEqual(['a', 'a'])
  expect(await engine().redeliver('nobody')).toBeUndefined()
  await stop()
})

test('whatever fails and whenever it starts anew: none is lost, none is sent once it is done, each group is in order', async () => {
  const plan = fc.record({
    failures: fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
    restarts: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 6 }),
  })
  await fc.assert(
    fc.asyncProperty(plan, async ({ failures, restarts }) => {
      const failuresOf = (id: string): number => failures[Number(id)] ?? 0
      const here = world(({ id }, made) => (made <= failuresOf(id) ? FAILED : DELIVERED))
      await here.accept(delivery('0'), delivery('1'), delivery('2'))
      for (const minutes of restarts) {
        await here.until(here.now() + minutes * STEP_MS)
        await here.restart()
      }
      await here.until(here.now() + 9 * HOUR_MS)
      const ids = here.sent.map(({ id }) => id)
      expect(ids).toEqual(
        ['0', '1', '2'].flatMap((id) => Array.from({ length: failuresOf(id) + 1 }, () => id)),
      )
      await here.stop()
    }),
    { numRuns: 10 },
  )
})
