import { Gauge } from '@meterline/runtime'
import { probe, progressProbe, withCaveat } from '@meterline/runtime'
import type { Probe, Registry, WatchedUnit } from '@meterline/runtime'
import { unreadableText } from '@meterline/control-log'
import type { DeliveryState } from '@meterline/contract'
import type { OrganizationLog } from '@meterline/control-log'

import { channelLabel } from './channels/channel-of.ts'
import type { AtWork } from './work/at-work.ts'

const MS_PER_SECOND = 1_000

/** Red when control.log is not followed any more, and when the rounds of a notifier at work stand still. */
export function notifierProbes(
  organization: Pick<OrganizationLog, 'follower' | 'unreadable'>,
  work: () => AtWork | undefined,
): Probe[] {
  const { follower } = organization
  const followed = progressProbe({ name: 'organization' })
  const rounds = progressProbe({ name: 'rounds' })
  return [
    withCaveat(
      probe(followed.name, () => {
        followed.observe({ position: follower.position(), lag: follower.lagRecords() })
        return followed.check()
      }),
      () => unreadableText(organization.unreadable),
    ),
    {
      name: rounds.name,
      check() {
        rounds.observe(watchedRounds(work())[0])
        return rounds.check()
      },
    },
    probe('work', () => ({ ok: true, detail: work() === undefined ? 'standing by' : 'at work' })),
    // Told, and no reason to take the notifier out of service: what is dead waits for a person.
    probe('dead-letters', () => ({ ok: true, detail: deadLetterDetail(work()) })),
  ]
}

function deadLetterDetail(work: AtWork | undefined): string {
  const dead = [...(work?.ledger.dead.values() ?? [])]
  const newest = dead.reduce<DeliveryState | undefined>(
    (found, each) => (found === undefined || each.updated_at_ms > found.updated_at_ms ? each : found),
    undefined,
  )
  if (newest === undefined) return 'none'
  const { id, channel, last } = newest
  return `${dead.length}, the last ${id} to ${channelLabel(channel)} (${last?.code ?? ''}): meterline deliveries list --state dead`
}

/** Rounds come every second while it works: one that does not end is a hang. */
export function watchedRounds(work: AtWork | undefined): [WatchedUnit] {
  return [{ name: 'rounds', position: work?.ticks() ?? 0, lag: work === undefined ? 0 : 1 }]
}

export function addPendingMetrics(
  metrics: Registry,
  options: { readonly work: () => AtWork | undefined; readonly nowMs: () => number },
): void {
  const { work, nowMs } = options
  const pendingOf = () => [...(work()?.ledger.pending.values() ?? [])]
  const gauges = [
    new Gauge({
      name: 'meterline_notifier_pending_deliveries',
      help: 'Deliveries that are neither delivered nor dead; 0 where this notifier stands by',
      registers: [],
      collect() {
        this.set(pendingOf().length)
      },
    }),
    new Gauge({
      name: 'meterline_notifier_dead_letters',
      help: 'Deliveries that were given up and not sent again; 0 where this notifier stands by',
      registers: [],
      collect() {
        this.set(work()?.ledger.dead.size ?? 0)
      },
    }),
    new Gauge({
      name: 'meterline_notifier_oldest_pending_seconds',
      help: 'Age of the oldest delivery that is neither delivered nor dead',
      registers: [],
      collect() {
        const oldest = pendingOf().reduce((ms, { created_at_ms }) => Math.min(ms, created_at_ms), nowMs())
        this.set((nowMs() - oldest) / MS_PER_SECOND)
      },
    }),
  ]
  for (const gauge of gauges) metrics.registerMetric(gauge)
}
