import { createAlertBook } from '@meterline/domain'
import type { AlertBook, OrganizationView } from '@meterline/domain'
import type { KafkaClient, PartitionLease } from '@meterline/kafka'

import type { SenderParts } from '../channels/sender.ts'
import { createAlertmanagerRefresh } from '../channels/alertmanager-refresh.ts'
import { channelOf } from '../channels/channel-of.ts'
import { announcementChannel } from '../deliveries/announcement-channel.ts'
import { attemptDelivery } from '../deliveries/attempt-delivery.ts'
import { createDeliveryEngine } from '../deliveries/delivery-engine.ts'
import type { DeliveryEngine, DeliveryEngineOptions } from '../deliveries/delivery-engine.ts'
import type { NotificationLedger } from '../deliveries/notification-ledger.ts'
import { openNotificationLedger } from '../deliveries/open-notification-ledger.ts'
import type { NotifierEvents } from '../events.ts'
import { deliveryReports } from './delivery-reports.ts'
import { followAlerts } from '../feed/follow-alerts.ts'
import { startTicking } from './ticking.ts'

const TICK_MS = 1_000
const FORGET_EVERY_MS = 3_600_000

/** The notifier at work: the alert book, the deliveries, and the engine that makes them. */
export interface AtWork {
  readonly book: AlertBook
  readonly ledger: NotificationLedger
  readonly engine: DeliveryEngine
  /** Rounds of looking for what is due, since the start: it only stands still when the notifier hangs. */
  ticks(): number
  nextOffset(): number
  readTo(offset: number): void
  stop(): Promise<void>
}

export interface WorkParts {
  readonly kafka: KafkaClient
  readonly view: OrganizationView
  readonly organizationKnown: Promise<void>
  readonly senders: SenderParts
  readonly delaysMs: readonly number[]
  readonly events: NotifierEvents
  readonly nowMs: () => number
  /** Something that starting again may mend. */
  readonly fail: (error: unknown) => void
  /** What alerts set off beside messages: told in every round of those that are known. */
  readonly onRound?: (book: AlertBook) => void
  readonly onStep?: DeliveryEngineOptions['onStep']
}

/** Reads the state of all deliveries, builds the book anew from both logs, and begins to deliver. */
export async function beginWork(lease: PartitionLease, parts: WorkParts): Promise<AtWork> {
  const { kafka, view, events, nowMs, fail } = parts
  await parts.organizationKnown
  const { ledger, nextOffset, readTo } = await openNotificationLedger(lease)
  const book = createAlertBook(view)
  for (const delivery of ledger.deliveries.values()) book.foldDelivery(delivery)
  let wake = (): void => undefined
  const feed = await followAlerts(kafka, {
    onAlert: (alert) => {
      book.foldAlert(alert)
      wake()
    },
    onUnreadable: events.unreadableAlert,
    onTrouble: (err) => events.kafkaTrouble({ err }),
  })
  feed.done.catch(fail)
  try {
    // Before every former alert is known, the end of one could be taken for something new.
    await feed.caughtUp
  } catch (error) {
    await feed.stop()
    throw error
  }
  const engine = createDeliveryEngine({
    ledger,
    channelOf: (id) => channelOf(view, id),
    attempt: (record, channel, signal) =>
      attemptDelivery(record, channel, {
        ...parts.senders,
        signal,
        nowMs: nowMs(),
        spanOf: (alert) => book.standing(alert, nowMs()),
      }),
    announceTo: (dead) => announcementChannel(dead, { view, ledger }),
    delaysMs: parts.delaysMs,
    nowMs,
    reports: deliveryReports(events, (id) => channelOf(view, id)?.type ?? 'unknown'),
    // A write that failed has ended the lease, and whoever opens it next goes on; anything else is a defect.
    onLost: (error) => {
      if (lease.isHeld()) fail(error)
    },
    ...(parts.onStep === undefined ? {} : { onStep: parts.onStep }),
  })
  const refresh = createAlertmanagerRefresh({
    book,
    channels: () => [...view.entities.channel.values()].filter(({ id }) => !ledger.disabled.has(id)),
    senders: parts.senders,
    nowMs,
    onRound: events.refreshed,
  })
  const { deliveries, pending } = ledger
  events.tookOver({
    deliveries: deliveries.size,
    pending: pending.size,
    alerts: book.standings(nowMs()).length,
  })
  engine.pump()
  let forgetMs = nowMs() + FORGET_EVERY_MS
  const ticking = startTicking({
    everyMs: TICK_MS,
    onError: (error) => {
      if (lease.isHeld()) fail(error)
    },
    async tick() {
      await engine.enableChanged()
      const due = book.due(nowMs())
      for (const { occasion, channel } of due) if (occasion === 'resolved') refresh.hold(channel)
      for (const taken of await engine.accept(due)) book.foldDelivery(taken)
      refresh.round()
      parts.onRound?.(book)
      if (nowMs() < forgetMs) return
      forgetMs = nowMs() + FORGET_EVERY_MS
      book.forget(nowMs())
      await engine.forgetOld()
    },
  })
  wake = () => ticking.wake()
  return {
    book,
    ledger,
    engine,
    ticks: () => ticking.count(),
    nextOffset,
    readTo,
    async stop() {
      await ticking.stop()
      await refresh.stop()
      await engine.stop()
      await feed.stop()
    },
  }
}
