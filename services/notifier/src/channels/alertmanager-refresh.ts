import type { AlertBook, Channel, KeptAlert } from '@meterline/domain'
import { MAX_ALERTS_PER_DELIVERY } from '@meterline/domain'

import { thrownOutcome } from '../deliveries/outcome.ts'
import { sendAlertmanager } from './alertmanager.ts'
import type { SenderParts } from './sender.ts'

export const REFRESH_BOUNDS = {
  /** Alertmanager asks its clients for 30 seconds to 3 minutes; after 5 minutes of silence it takes an alert for over. */
  everyMs: 60_000,
  /** Alerts said again to one channel in one round, those that began first before all others. */
  maxAlerts: 1_000,
} as const

export interface RefreshOptions {
  readonly book: AlertBook
  /** Channels to which something may be sent now. */
  readonly channels: () => Iterable<Channel>
  readonly senders: SenderParts
  readonly nowMs: () => number
  readonly onRound: (round: { channel: string; alerts: number; outcome: string }) => void
}

export interface AlertmanagerRefresh {
  /** To be called often; most times it does nothing. */
  round(): void
  /** The channel is about to hear that something is over: what is under way must not come after it. */
  hold(channel: string): void
  stop(): Promise<void>
}

/**
 * Says again to Alertmanager what it was told of and what lasts, as long as it lasts. These are no deliveries: nothing is written
 * down and nothing is tried again, since the next round says all of it. One round at a time for each channel, so a receiver that
 * is away has at most one request waiting.
 */
export function createAlertmanagerRefresh(options: RefreshOptions): AlertmanagerRefresh {
  const { book, senders, nowMs, onRound } = options
  const underWay = new Map<string, { readonly stopping: AbortController; readonly done: Promise<void> }>()
  let dueMs = -Infinity

  async function sayAgain(
    channel: Channel,
    lasting: readonly KeptAlert[],
    signal: AbortSignal,
  ): Promise<void> {
    for (let from = 0; from < lasting.length; from += MAX_ALERTS_PER_DELIVERY) {
      const [first, ...others] = lasting.slice(from, from + MAX_ALERTS_PER_DELIVERY)
      if (first === undefined || signal.aborted) return
      const message = {
        id: `refresh_${channel.id}`,
        occasion: 'repeated' as const,
        group: channel.id,
        alerts: [first.alert, ...others.map(({ alert }) => alert)] as const,
        attemptAtMs: nowMs(),
        accepted: [],
        spanOf: (id: string) => book.standing(id, nowMs()),
      }
      const outcome = await sendAlertmanager(message, channel, { ...senders, signal }).catch(thrownOutcome)
      onRound({ channel: channel.id, alerts: others.length + 1, outcome: outcome.kind })
      if (outcome.kind !== 'delivered') return
    }
  }

  function start(channel: Channel): void {
    const lasting = book.lasting(channel.id).slice(0, REFRESH_BOUNDS.maxAlerts)
    if (lasting.length === 0) return
    const stopping = new AbortController()
    const done = sayAgain(channel, lasting, stopping.signal).finally(() => underWay.delete(channel.id))
    underWay.set(channel.id, { stopping, done })
  }

  return {
    round() {
      if (nowMs() < dueMs) return
      dueMs = nowMs() + REFRESH_BOUNDS.everyMs
      for (const channel of options.channels()) {
        if (isHeldByAlertmanager(channel) && !underWay.has(channel.id)) start(channel)
      }
    },
    hold: (channel) => underWay.get(channel)?.stopping.abort(),
    async stop() {
      dueMs = Infinity
      for (const { stopping } of underWay.values()) stopping.abort()
      await Promise.allSettled([...underWay.values()].map(({ done }) => done))
    },
  }
}

/** A wrong format is told where a delivery fails. */
function isHeldByAlertmanager(channel: Channel): boolean {
  return channel.type === 'alertmanager' && channel.settings['format'] === 'api_v2'
}
