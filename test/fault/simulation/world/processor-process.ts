import type { BudgetPolicy } from '@meterline/domain'
import type { KafkaClient, PartitionEvent, PartitionRun } from '@meterline/kafka'
import { runPartitions, topologyHandler } from '@meterline/kafka'
import type { OutputBatch, TaskDefinition } from '@meterline/topology'
import { setTimeout as sleep } from 'node:timers/promises'

import { PulseRecords } from '../../../../services/processor/src/burn/pulse/pulse-records.ts'
import { BURN_TOPICS, burnTopology } from '../../../../services/processor/src/burn/topology.ts'
import { originalsInLog } from '../../../../services/processor/src/meter/corrections/originals-in-log.ts'
import { DELTA_SCHEMA_ID, meterOptions } from '../../../../services/processor/src/meter/meter.test-data.ts'
import { meterTopology } from '../../../../services/processor/src/meter/topology.ts'
import type { Breakage } from './breakage.ts'
import type { Knowledge } from './knowledge.ts'
import {
  BURN_CHANGE_SCHEMA_ID,
  GROUP_TIMES,
  SPEND_PARTITIONS,
  SPEND_STATE_SCHEMA_ID,
  USAGE_PARTITIONS,
} from './settings.ts'

export interface ProcessorOptions {
  readonly client: KafkaClient
  readonly knowledge: Knowledge
  readonly policy: BudgetPolicy
  readonly breakage: Breakage
  /** Writes without a transaction, as the pulse does. */
  readonly write: (batches: readonly OutputBatch[]) => Promise<void>
  readonly isPulseOver: () => boolean
  readonly onEvent: (event: PartitionEvent) => void
  readonly onFatal: (error: Error) => void
}

const PULSE_MS = 4_000

/** What a processor process runs: meter, burn, and burn's pulse. */
export async function runProcessor(options: ProcessorOptions): Promise<void> {
  const { client, knowledge } = options
  const meter = meterOptions(knowledge.schemas, {
    spendPartitions: SPEND_PARTITIONS,
    eventPartitions: USAGE_PARTITIONS,
    originals: originalsInLog(client, knowledge.meteredSchemas),
  })
  await runTopology(meterTopology(meter), options)
  const burn = await runTopology(simBurnTopology(), options)
  await beat(burn, options)
}

export const simBurnTopology = () =>
  burnTopology({ spendState: SPEND_STATE_SCHEMA_ID, burnChangelog: BURN_CHANGE_SCHEMA_ID, spendLease: 15 })

async function runTopology(definition: TaskDefinition, options: ProcessorOptions): Promise<PartitionRun> {
  const { client, breakage } = options
  const broken = breakage.definition?.(definition) ?? definition
  return runPartitions({
    client,
    groupId: definition.name,
    topic: definition.inputTopic,
    transactionalIdPrefix: definition.name,
    writesTo: definition.writesTo,
    createHandler: (partition) => {
      const handler = topologyHandler(client, broken, partition)
      return breakage.handler?.(handler) ?? handler
    },
    onEvent: options.onEvent,
    onFatal: options.onFatal,
    ...GROUP_TIMES,
  })
}

async function beat(burn: PartitionRun, { policy, write, isPulseOver }: ProcessorOptions): Promise<void> {
  const pulse = new PulseRecords({ schemaId: DELTA_SCHEMA_ID, topic: BURN_TOPICS.spendDelta })
  while (!isPulseOver()) {
    const source = { offset: 1, policy: () => policy }
    try {
      await write(pulse.due({ nowMs: Date.now(), held: burn.progress().keys(), source }))
    } catch {
      pulse.failed()
    }
    await sleep(PULSE_MS)
  }
}
