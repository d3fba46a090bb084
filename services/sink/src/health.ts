import type { PartitionEvent } from '@meterline/kafka'
import { DEFAULT_STALL_BOUND_MS, probe } from '@meterline/runtime'
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
    // Nobody sees the lag of a partition that is not read yet: who took it over may be waiting for ClickHouse.
    probe('take-over', () => {
      const stuck = pipeline
        .progress()
        .standing.filter(({ state, forMs }) => state === 'halted' || forMs >= DEFAULT_STALL_BOUND_MS)
      const [first] = stuck
      if (first === undefined) return { ok: true }
      const { name, state, forMs } = first
      const others = stuck.length > 1 ? `, and ${stuck.length - 1} more` : ''
      return { ok: false, detail: `${name} has been ${state} for ${Math.round(forMs / 1_000)} s${others}` }
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
      // An answer, which a server without a core to spare takes long for.
      settled: (event) => {
        watch.excuse()
        events.settled(event)
      },
    }),
    partitionEvent(topic: string, event: PartitionEvent): void {
      if (event.kind === 'dropped' || event.kind === 'trouble') watch.excuse()
      if (event.kind === 'released' || event.kind === 'halted') watch.forget(`${topic}/${event.partition}`)
    },
  }
}
