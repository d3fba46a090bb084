import { probe, progressProbe } from '@meterline/runtime'
import type { Probe } from '@meterline/runtime'

import type { SinkPipeline } from './pipeline.ts'

/** Red when records wait and none are stored (ClickHouse or Kafka away), and while a partition is halted. */
export function sinkProbes(pipeline: Pick<SinkPipeline, 'progress'>): Probe[] {
  const stored = progressProbe({ name: 'progress' })
  return [
    probe('progress', () => {
      const { storedRows, waitingRecords } = pipeline.progress()
      stored.observe({ position: storedRows, lag: waitingRecords })
      return stored.check()
    }),
    probe('partitions', () => {
      const [halt] = pipeline.progress().halted
      return halt === undefined ? { ok: true } : { ok: false, detail: `${halt.code}: ${halt.message}` }
    }),
  ]
}
