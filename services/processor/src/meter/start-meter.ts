import { createSchemaReader, type RegistryClient, schemaText, TOPICS } from '@meterline/contract'
import type { MeteredUsage, SpendKind, UsageEvent } from '@meterline/domain'
import type { Registry } from '@meterline/runtime'

import type { OrganizationLog } from '@meterline/control-log'
import { type RunningTopology, runTopology, type TopologyHost } from '../run-topology.ts'
import { originalsInLog } from './corrections/originals-in-log.ts'
import { createMeterCounts } from './meter-counts.ts'
import { showMeterCounts } from './meter-metrics.ts'
import { prepareMeter } from './prepare-meter.ts'
import { spendPartitions } from './spend/spend-partitions.ts'
import { meterTopology } from './topology.ts'

export interface MeterStart {
  readonly host: TopologyHost
  readonly registry: RegistryClient
  readonly organization: OrganizationLog<SpendKind>
  readonly metrics: Registry
  readonly dedupWindowMs: number
}

/** Runs meter in this process. The organization has to be known already. */
export async function startMeter(start: MeterStart): Promise<RunningTopology> {
  const { host, registry, organization, metrics, dedupWindowMs } = start
  const { usageEvents, usageMetered, spendDelta } = TOPICS
  const schemas = createSchemaReader<UsageEvent>({ registry, schema: schemaText(usageEvents.schema) })
  const counts = createMeterCounts()
  showMeterCounts(metrics, counts)
  const topology = meterTopology({
    view: organization.view,
    schemas,
    schemaIds: {
      meteredUsage: await registry.register(`${usageMetered.name}-value`, schemaText(usageMetered.schema)),
      spendDelta: await registry.register(`${spendDelta.name}-value`, schemaText(spendDelta.schema)),
    },
    spendPartitions: await spendPartitions(host.kafka),
    eventPartitions: (await host.kafka.reads.partitionsOf(usageEvents.name)).length,
    originals: originalsInLog(
      host.kafka,
      createSchemaReader<MeteredUsage>({ registry, schema: schemaText(usageMetered.schema) }),
    ),
    dedupWindowMs,
    // The state is hashed again at every restore, so the seeds need not outlive the process.
    hashSeeds: crypto.getRandomValues(new Int32Array(4)),
    counts,
  })
  const prepare = prepareMeter({ schemas, organizationReached: organization.reached })
  return runTopology({ ...topology, prepare }, host)
}
