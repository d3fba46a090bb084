import type { PartitionEvent } from '@meterline/kafka'
import { probe } from '@meterline/runtime'
import type { Probe, StallWatch } from '@meterline/runtime'

import type { LoadEvents } from './exactly-once/load-events.ts'
import type { SinkPipeline } from './pipeline.ts'

/** Red when records of a partition wait and none are stored (ClickHouse or Kafka away), and while one is halted. */
export function sinkProbes(pipeline: Pick<SinkPipeline, 'progress'>, watch: StallWatch): Probe[] {
  return [
    probe('progress', () => watch.check()),
    probe('partitions', () => {
      const [halt] = pipeline.progress().halted
      return halt === undefined ? { ok: true } : { ok: false, detail: `${halt.code}: ${halt.message}` }
    }),
  ]
}

/** Trouble that is reported explains a standstill: ClickHouse or Kafka away is waited for, not started over. */
export function observeTrouble(watch: StallWatch) {
  return {
    loadEvents: (events: LoadEvents): LoadEvents => ({
      ...events,
      attemptFailed: (event) => {
        watch.excuse()
        events.attemptFailed(event)
      },
    }),
    partitionEvent(topic: string, event: PartitionEvent): void {
      if (event.kind === 'dropped' || event.kind === 'trouble') watch.excuse()
      if (event.kind === 'released' || event.kind === 'halted') watch.forget(`${topic}/${event.partition}`)
    },
  }
}
