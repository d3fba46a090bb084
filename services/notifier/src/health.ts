import { Gauge } from '@meterline/runtime'
import { probe, progressProbe } from '@meterline/runtime'
import type { Probe, Registry, WatchedUnit } from '@meterline/runtime'
import type { OrganizationLog } from '@meterline/control-log'

import type { AtWork } from './work/at-work.ts'

const MS_PER_SECOND = 1_000

/** Red when control.log is not followed any more, and when the rounds of a notifier at work stand still. */
export function notifierProbes(
  organization: OrganizationLog['follower'],
  work: () => AtWork | undefined,
): Probe[] {
  const followed = progressProbe({ name: 'organization' })
  const rounds = progressProbe({ name: 'rounds' })
  return [
    {
      name: followed.name,
      check() {
        followed.observe({ position: organization.position(), lag: organization.lagRecords() })
        return followed.check()
      },
    },
    {
      name: rounds.name,
      check() {
        rounds.observe(watchedRounds(work())[0])
        return rounds.check()
      },
    },
    probe('work', () => ({ ok: true, detail: work() === undefined ? 'standing by' : 'at work' })),
  ]
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
