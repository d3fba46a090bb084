import { type KafkaClient, type PartitionRun, runPartitions, topologyHandler } from '@meterline/kafka'
import { type Probe, progressProbe, probe, type ServiceShell } from '@meterline/runtime'
import type { TaskDefinition } from '@meterline/topology'

import { type ProcessorEvents, reportPartition } from './events.ts'

/** What a topology needs to be run with. */
export interface TopologyHost {
  readonly kafka: KafkaClient
  readonly events: ProcessorEvents
  readonly fail: ServiceShell['fail']
  readonly stateDir: string | undefined
  readonly commitIntervalMs: number
}

export interface RunningTopology {
  readonly probes: readonly Probe[]
  /** Hands the partitions over, and leaves the group. */
  stop(): Promise<void>
}

/** Joins the topology's group, and processes whatever partitions this process is given. */
export async function runTopology(definition: TaskDefinition, host: TopologyHost): Promise<RunningTopology> {
  const { name, inputTopic } = definition
  const run = await runPartitions({
    client: host.kafka,
    groupId: name,
    topic: inputTopic,
    transactionalIdPrefix: name,
    createHandler: (partition) => topologyHandler(host.kafka, definition, partition),
    onEvent: (event) => reportPartition(host.events, name, event),
    onFatal: host.fail,
    minBatchIntervalMs: host.commitIntervalMs,
    ...(host.stateDir === undefined ? {} : { memberDirectory: host.stateDir }),
  })
  return { probes: topologyProbes(name, run), stop: () => run.stop() }
}

/** Red when records wait and none are processed, and while a partition stands still. */
export function topologyProbes(name: string, run: Pick<PartitionRun, 'progress'>): Probe[] {
  const progress = progressProbe({ name: `${name} progress` })
  return [
    probe(progress.name, () => {
      const partitions = [...run.progress().values()]
      progress.observe({
        position: partitions.reduce((sum, { position }) => sum + (position ?? 0), 0),
        lag: partitions.reduce((sum, { lagRecords }) => sum + lagRecords, 0),
      })
      return progress.check()
    }),
    probe(`${name} partitions`, () => {
      const halted = [...run.progress()].filter(([, { state }]) => state === 'halted').map(([id]) => id)
      return halted.length === 0
        ? { ok: true }
        : { ok: false, detail: `partitions ${halted.join(', ')} stand still: see the log` }
    }),
  ]
}
