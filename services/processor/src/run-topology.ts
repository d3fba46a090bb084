import { type KafkaClient, runPartitions, topologyHandler } from '@meterline/kafka'
import type { Probe, ServiceShell } from '@meterline/runtime'
import type { TaskDefinition } from '@meterline/topology'

import { type ProcessorEvents, reportPartition } from './events.ts'
import { createProgressWatch } from './progress-watch.ts'

/** What a topology needs to be run with. */
export interface TopologyHost {
  readonly kafka: KafkaClient
  readonly events: ProcessorEvents
  readonly fail: ServiceShell['fail']
  readonly stateDir: string | undefined
  readonly commitIntervalMs: number
  /** How long a partition may stand still with work to do; 30 s by default. */
  readonly stallBoundMs?: number
}

export interface RunningTopology {
  readonly probes: readonly Probe[]
  /** Hands the partitions over, and leaves the group. */
  stop(): Promise<void>
}

/** Joins the topology's group, and processes whatever partitions this process is given. */
export async function runTopology(definition: TaskDefinition, host: TopologyHost): Promise<RunningTopology> {
  const { name, inputTopic } = definition
  const progress = createProgressWatch({
    name,
    topic: inputTopic,
    fail: host.fail,
    ...(host.stallBoundMs === undefined ? {} : { boundMs: host.stallBoundMs }),
  })
  const run = await runPartitions({
    client: host.kafka,
    groupId: name,
    topic: inputTopic,
    transactionalIdPrefix: name,
    writesTo: definition.writesTo,
    createHandler: (partition) => topologyHandler(host.kafka, definition, partition),
    onEvent: (event) => {
      progress.observe(event)
      reportPartition(host.events, name, event)
    },
    onFatal: host.fail,
    minBatchIntervalMs: host.commitIntervalMs,
    ...(host.stateDir === undefined ? {} : { memberDirectory: host.stateDir }),
  })
  return {
    probes: progress.begin(run),
    stop: () => {
      progress.stop()
      return run.stop()
    },
  }
}
