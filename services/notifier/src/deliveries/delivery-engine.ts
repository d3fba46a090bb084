import type { DeliveryState } from '@meterline/contract'
import type { Channel, Delivery } from '@meterline/domain'

import { afterAttempt, begunAttempt, redelivered } from './after-attempt.ts'
import { createAnnouncements } from './announcements.ts'
import { channelFingerprint } from './channel-fingerprint.ts'
import { DELIVERY_BOUNDS } from './delivery-bounds.ts'
import type { DeliveryReports } from './delivery-reports.ts'
import { newRecords } from './new-records.ts'
import type { NotificationChange, NotificationLedger } from './notification-ledger.ts'
import { thrownOutcome } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { withoutPendingFirings } from './pending-firings.ts'
import { pickDue } from './pick-due.ts'

export type DeliveryStep = 'begun' | 'sent' | 'recorded'

export interface DeliveryEngineOptions {
  readonly ledger: NotificationLedger
  readonly channelOf: (id: string) => Channel | undefined
  /** One attempt; may throw what `thrownOutcome` knows. */
  readonly attempt: (record: DeliveryState, channel: Channel, signal: AbortSignal) => Promise<Outcome>
  /** Who else is told when a delivery is given up; `undefined`: nobody. */
  readonly announceTo: (dead: DeliveryState) => string | undefined
  readonly delaysMs: readonly number[]
  readonly nowMs: () => number
  readonly reports: DeliveryReports
  /** A write failed: the lease is gone, and so is the right to send. */
  readonly onLost: (error: unknown) => void
  /** For tests that stop the process at a known point. */
  readonly onStep?: (step: DeliveryStep) => void
}

export interface DeliveryEngine {
  /** Takes deliveries over; answers those that are written down. What does not fit is to be offered again. */
  accept(deliveries: readonly Delivery[]): Promise<readonly Delivery[]>
  /** Sends again what is done or dead, with the same id; `undefined` when there is no such delivery. */
  redeliver(id: string): Promise<DeliveryState | undefined>
  /** The receiver is there again. */
  enableChannel(id: string): Promise<void>
  /** Channels that were changed since they were disabled get another chance. */
  enableChanged(): Promise<void>
  /** Ends what was done long ago. */
  forgetOld(): Promise<void>
  /** Starts what is due; also goes on by itself whenever something becomes due. */
  pump(): void
  /** Cuts off what is under way: it is attempted again by whoever comes next. */
  stop(): Promise<void>
}

export function createDeliveryEngine(options: DeliveryEngineOptions): DeliveryEngine {
  const { ledger, channelOf, nowMs, reports } = options
  const running = new Map<string, DeliveryState>()
  const attempts = new Set<Promise<void>>()
  const pausedUntilMs = new Map<string, number>()
  const stopping = new AbortController()
  const announcements = createAnnouncements({ ...options, typeOf: (id) => channelOf(id)?.type })
  let timer: NodeJS.Timeout | undefined

  function pump(): void {
    if (stopping.signal.aborted) return
    clearTimeout(timer)
    const { due, nextMs } = pickDue(ledger.pending.values(), { nowMs: nowMs(), running, pausedUntilMs })
    for (const record of due) start(record)
    if (nextMs !== undefined) timer = setTimeout(pump, Math.min(Math.max(1, nextMs - nowMs()), MAX_TIMER_MS))
  }

  function start(record: DeliveryState): void {
    running.set(record.id, record)
    const attempt = tryOnce(record)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) options.onLost(error)
      })
      .finally(() => {
        running.delete(record.id)
        attempts.delete(attempt)
        pump()
      })
    attempts.add(attempt)
  }

  async function tryOnce(record: DeliveryState): Promise<void> {
    const begun = begunAttempt(record, nowMs())
    // Written first: whoever lost the lease learns it here, before anything goes out.
    await ledger.write([{ put: begun }])
    options.onStep?.('begun')
    const startedMs = performance.now()
    const outcome = await outcomeOf(begun)
    const durationMs = performance.now() - startedMs
    options.onStep?.('sent')
    if (stopping.signal.aborted) return
    // Sent, not recorded yet: a crash here sends it once more, with the same id.
    const ended = afterAttempt(begun, outcome, { nowMs: nowMs(), delaysMs: options.delaysMs })
    await write([{ put: ended }, ...consequences(ended, outcome)])
    options.onStep?.('recorded')
    reports.attempted(ended, outcome, durationMs)
  }

  /** With what is given up goes what is said of it elsewhere. */
  async function write(changes: readonly NotificationChange[]): Promise<void> {
    const dead = changes.flatMap((change) =>
      'put' in change && change.put.kind === 'delivery' && change.put.state === 'dead' ? [change.put] : [],
    )
    const announced = announcements(dead)
    await ledger.write([...changes, ...announced.map((put) => ({ put }))])
    for (const record of dead) {
      reports.dead(record, announced.find(({ given_up }) => given_up?.delivery === record.id)?.channel)
    }
  }

  async function outcomeOf(record: DeliveryState): Promise<Outcome> {
    const channel = channelOf(record.channel)
    if (channel === undefined) {
      return { kind: 'failed', code: 'misconfigured', message: `there is no channel ${record.channel}` }
    }
    // Crashed again and again within this very delivery: not once more by itself.
    if (record.attempts_of_round > options.delaysMs.length) {
      return { kind: 'refused', code: 'gave_up', message: 'its attempts ended without an outcome' }
    }
    try {
      return await options.attempt(record, channel, stopping.signal)
    } catch (error) {
      return thrownOutcome(error)
    }
  }

  function consequences({ channel, id }: DeliveryState, outcome: Outcome): NotificationChange[] {
    if (outcome.kind === 'failed' && outcome.throttled === true) {
      pausedUntilMs.set(channel, nowMs() + (outcome.retryAfterMs ?? DELIVERY_BOUNDS.throttlePauseMs))
    }
    if (outcome.kind !== 'gone') return []
    const { message } = outcome
    const others = [...ledger.pending.values()]
      .filter((each) => each.channel === channel && each.id !== id && !running.has(each.id))
      .map((each) => ({ put: deadBecauseDisabled(each, message) }))
    const disabled = {
      schema: 1,
      kind: 'channel',
      id: channel,
      disabled_at_ms: nowMs(),
      reason: message,
      fingerprint: channelFingerprint(channelOf(channel)),
    } as const
    return [{ put: disabled }, ...others]
  }

  /** Nothing more of an alert that its channel still waits to be told of, or cannot be told of. */
  function unlessSaidAlready(delivery: Delivery): Delivery | undefined {
    if (delivery.occasion === 'repeated' && ledger.disabled.has(delivery.channel)) return undefined
    return withoutPendingFirings(delivery, ledger.pending.values())
  }

  function unlessDisabled(record: DeliveryState): DeliveryState {
    const disabled = ledger.disabled.get(record.channel)
    return disabled === undefined ? record : deadBecauseDisabled(record, disabled.reason)
  }

  function deadBecauseDisabled(record: DeliveryState, reason: string): DeliveryState {
    const gone = { kind: 'gone', code: 'channel_disabled', message: reason } as const
    return afterAttempt(record, gone, { nowMs: nowMs(), delaysMs: options.delaysMs })
  }

  return {
    pump,
    async accept(deliveries) {
      const at = { nowMs: nowMs(), nextSequence: () => ledger.nextSequence() }
      const taken: Delivery[] = []
      const records: DeliveryState[] = []
      for (const delivery of deliveries) {
        const fresh = unlessSaidAlready(delivery)
        const own = fresh === undefined ? [] : newRecords(fresh, channelOf(fresh.channel)?.type, at)
        if (ledger.pending.size + records.length + own.length > DELIVERY_BOUNDS.maxPending) break
        taken.push(delivery)
        records.push(...own.filter(({ id }) => !ledger.deliveries.has(id)).map(unlessDisabled))
      }
      if (taken.length < deliveries.length) reports.full({ waiting: deliveries.length - taken.length })
      if (records.length > 0) await write(records.map((put) => ({ put })))
      pump()
      return taken
    },
    async redeliver(id) {
      const record = ledger.deliveries.get(id)
      // One that is under way gets its outcome first.
      if (record === undefined || running.has(id)) return record
      const again = redelivered(record, nowMs())
      await ledger.write([{ put: again }])
      pump()
      return again
    },
    async enableChannel(id) {
      if (ledger.disabled.has(id)) await ledger.write([{ forget: { kind: 'channel', id } }])
    },
    async enableChanged() {
      const changed = [...ledger.disabled.values()].filter(
        ({ id, fingerprint }) => channelFingerprint(channelOf(id)) !== fingerprint,
      )
      if (changed.length > 0) {
        await ledger.write(changed.map(({ id }) => ({ forget: { kind: 'channel' as const, id } })))
      }
    },
    async forgetOld() {
      const beforeMs = nowMs() - DELIVERY_BOUNDS.keptMs
      const old = [...ledger.deliveries.values()]
        .filter(({ state, updated_at_ms }) => state !== 'pending' && updated_at_ms < beforeMs)
        .slice(0, DELIVERY_BOUNDS.maxForgottenAtOnce)
      if (old.length === 0) return
      await ledger.write(old.map(({ kind, id }) => ({ forget: { kind, id } })))
    },
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      await Promise.allSettled(attempts)
    },
  }
}

/** Node's timers hold no longer than 24 days; an hour is soon enough to look again. */
const MAX_TIMER_MS = 3_600_000
