import { Counter, type Registry } from '@meterline/runtime'

import type { MeterCounts } from './meter-counts.ts'

/** Shows the counts of meter; they include batches whose commit failed and that were processed again. */
export function showMeterCounts(registry: Registry, counts: MeterCounts): void {
  const shown = [
    ['metered_events', 'rate', 'Events metered', () => counts.metered],
    ['unrated_events', 'rate', 'Metered events with a model or meter that has no rate', () => counts.unrated],
    [
      'unattributed_events',
      'attribute',
      'Metered events that nobody could be named for',
      () => counts.unattributed,
    ],
    ['duplicate_events', 'drop-duplicates', 'Events that were counted before', () => counts.duplicates],
    ['corrections', 'rate', 'Metered events that correct another one', () => counts.corrections],
    [
      'forgotten_requests',
      'drop-duplicates',
      'Requests forgotten before the window was over, for want of room: they could be counted twice',
      () => counts.forgottenRequests,
    ],
    ['spend_deltas', 'rate', 'Records written to spend.delta', () => counts.deltas],
  ] as const
  for (const [what, step, help, count] of shown) {
    const name = `meterline_processor_${what}`
    const counter = new Counter({
      name,
      help,
      labelNames: ['step'],
      registers: [],
      collect() {
        this.reset()
        this.inc({ step }, count())
      },
    })
    registry.registerMetric(counter)
  }
  const rejected = new Counter({
    name: 'meterline_processor_rejected_events',
    help: 'Events sent to usage.rejected, by reason',
    labelNames: ['reason'],
    registers: [],
    collect() {
      this.reset()
      for (const [reason, count] of counts.rejected) this.inc({ reason }, count)
    },
  })
  registry.registerMetric(rejected)
}
