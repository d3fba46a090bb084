import type { OrganizationView } from '../../organization/organization-view.ts'
import type { SpendAlert } from '../spend-alert.ts'
import { createKeptRoutes } from './alert-routes.ts'
import type { AlertStanding } from './alert-standing.ts'
import { alertStanding, endOf } from './alert-standing.ts'
import type { Delivery, DeliveryRecord } from './delivery.ts'
import { dueDeliveries } from './due-deliveries.ts'
import { KeptAlerts } from './kept-alerts.ts'
import type { KeptAlert } from './kept-alerts.ts'
import { QuietAlerts } from './quiet-alerts.ts'
import { Said } from './said.ts'

/** An alert is forgotten this long after its end: the log keeps it as long. */
const KEPT_AFTER_END_MS = 30 * 86_400_000
/** With more alerts than that the one that began first is forgotten. */
export const MAX_BOOK_ALERTS = 100_000

/**
 * All alerts, what people said of them, and what was delivered; it says what is to be delivered now. Fold the records of
 * `spend.alert` into it, in any order across partitions, and every delivery taken over. Marks, silences, routes, channels and keys
 * are read from the view, which its follower keeps up to date. Nothing in it reads a clock.
 */
export interface AlertBook {
  /** A record of spend.alert. A version that is not newer than the one known changes nothing. */
  foldAlert(alert: SpendAlert): void
  /** A delivery is someone's task now, and not due any more. After a start, fold all former ones before `due` is asked. */
  foldDelivery(delivery: DeliveryRecord): void
  /** What is to be delivered now and was not taken over. Asking changes nothing. Oldest first. */
  due(nowMs: number): Delivery[]
  standing(alertId: string, nowMs: number): AlertStanding | undefined
  /** What the channel was told of and is not over, those that began first at the front. */
  lasting(channel: string): KeptAlert[]
  /** Of the alerts that are wanted, newest first; of all unless told. */
  standings(nowMs: number, wanted?: (alert: SpendAlert) => boolean): AlertStanding[]
  /** Drops what ended long ago; to be called now and then. */
  forget(nowMs: number): void
}

/** `view`: folded from control.log by its follower, and read whenever the book is asked. */
export function createAlertBook(view: OrganizationView): AlertBook {
  const alerts = new KeptAlerts()
  const said = new Said()
  const quiet = new QuietAlerts(view)
  const routesOf = createKeptRoutes(view)
  const forgetOne = (kept: KeptAlert): void => {
    alerts.delete(kept)
    said.forget(kept.alert.id)
    quiet.stir(kept.alert.id)
    quiet.stirUnder(kept.alert)
  }
  return {
    foldAlert(alert) {
      const former = alerts.get(alert.id)?.alert
      if (!alerts.put(alert)) return
      quiet.stirUnder(alert)
      if (former !== undefined) quiet.stirUnder(former)
      if (alerts.size > MAX_BOOK_ALERTS)
        forgetOne([...alerts.values()].reduce((a, b) => (b.beganMs < a.beganMs ? b : a)))
    },
    foldDelivery(delivery) {
      said.fold(delivery)
      for (const { id } of delivery.alerts) quiet.stir(id)
    },
    due: (nowMs) => dueDeliveries({ alerts, said, quiet, view, nowMs, routesOf }),
    standing(alertId, nowMs) {
      const kept = alerts.get(alertId)
      return kept && alertStanding(kept, { alerts, view, nowMs })
    },
    lasting: (channel) =>
      [...alerts.values()]
        .filter((kept) => said.isWaiting(kept.alert.id, channel) && endOf(kept, view) === null)
        .sort((a, b) => a.beganMs - b.beganMs || (a.alert.id < b.alert.id ? -1 : 1)),
    standings: (nowMs, wanted = () => true) =>
      [...alerts.values()]
        .filter(({ alert }) => wanted(alert))
        .sort((a, b) => b.beganMs - a.beganMs || (a.alert.id < b.alert.id ? -1 : 1))
        .map((kept) => alertStanding(kept, { alerts, view, nowMs })),
    forget(nowMs) {
      for (const kept of alerts.values()) {
        const endMs = endOf(kept, view)
        if (endMs !== null && endMs <= nowMs - KEPT_AFTER_END_MS) forgetOne(kept)
      }
    },
  }
}
