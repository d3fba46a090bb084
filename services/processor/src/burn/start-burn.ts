import { budgetPolicyOf, type SpendView } from '@meterline/domain'
import { TOPICS } from '@meterline/contract'
import type { KafkaClient, KafkaError, LogWriter, PartitionEvent, PartitionRun } from '@meterline/kafka'
import { runPartitions, topologyHandler } from '@meterline/kafka'

import type { BurnReports } from './burn-reports.ts'
import type { BurnSchemaIds } from './state/burn-records.ts'
import { startPulse } from './pulse/start-pulse.ts'
import { watchMetered } from './pulse/watch-metered.ts'
import { BURN_TOPICS, burnTopology, type BurnTopics } from './topology.ts'

export interface BurnStart {
  readonly client: KafkaClient
  readonly writer: LogWriter
  readonly schemaIds: BurnSchemaIds & { readonly spendDelta: number }
  readonly view: SpendView
  /** The time that burn is told. */
  readonly nowMs: () => number
  readonly topics?: BurnTopics
  readonly groupId?: string
  readonly memberDirectory?: string
  readonly commitIntervalMs?: number
  readonly onEvent: (event: PartitionEvent) => void
  readonly onFatal: (error: KafkaError) => void
  readonly onPulseTrouble: (error: unknown) => void
  readonly reports: BurnReports
  /** What meter reads, and its consumer group: leases rest on how far it has come. */
  readonly meter?: { readonly topic: string; readonly groupId: string }
}

export interface RunningBurn {
  progress: PartitionRun['progress']
  /** Stops the pulse, hands the partitions over, and leaves the group. The writer stays open. */
  stop(): Promise<void>
}

/** Runs burn in this process, and tells it the time and the budgets. */
export async function startBurn(options: BurnStart): Promise<RunningBurn> {
  const { client, view, schemaIds, topics = BURN_TOPICS, memberDirectory, commitIntervalMs } = options
  const topology = burnTopology(schemaIds, topics, options.reports)
  const groupId = options.groupId ?? topology.name
  const run = await runPartitions({
    client,
    groupId,
    topic: topology.inputTopic,
    transactionalIdPrefix: groupId,
    writesTo: topology.writesTo,
    createHandler: (partition) => topologyHandler(client, topology, partition),
    onEvent: options.onEvent,
    onFatal: options.onFatal,
    ...(memberDirectory === undefined ? {} : { memberDirectory }),
    ...(commitIntervalMs === undefined ? {} : { minBatchIntervalMs: commitIntervalMs }),
  })
  const { usageEvents } = TOPICS
  const meter = options.meter ?? { topic: usageEvents.name, groupId: 'meter' }
  const metered = watchMetered({
    client,
    spendTopic: topics.spendDelta,
    usageTopic: meter.topic,
    meterGroup: meter.groupId,
    heldPartitions: () => (hasCaps(view) ? run.progress().keys() : []),
    onTrouble: options.onPulseTrouble,
  })
  const pulse = startPulse({
    writer: options.writer,
    schemaId: schemaIds.spendDelta,
    topic: topics.spendDelta,
    heldPartitions: () => run.progress().keys(),
    policySource: () => ({ offset: view.offset, policy: () => budgetPolicyOf(view) }),
    meteredOffset: (partition) => metered.meteredOffset(partition),
    nowMs: options.nowMs,
    onTrouble: options.onPulseTrouble,
  })
  return {
    progress: () => run.progress(),
    async stop() {
      await pulse.stop()
      await metered.stop()
      await run.stop()
    },
  }
}

/** Without a cap there are no leases, and nothing to watch for. */
function hasCaps({ entities }: SpendView): boolean {
  if (entities.limit.size > 0) return true
  for (const { hard_cap } of entities.allocation.values()) if (hard_cap !== null) return true
  return false
}
