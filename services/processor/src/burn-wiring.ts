import { type RegistryClient, schemaText, TOPICS } from '@meterline/contract'
import type { SpendKind } from '@meterline/domain'
import { createLogWriter } from '@meterline/kafka'

import { startBurn } from './burn/start-burn.ts'
import { reportPartition } from './events.ts'
import type { OrganizationLog } from '@meterline/control-log'
import { createProgressWatch } from './progress-watch.ts'
import type { RunningTopology, TopologyHost } from './run-topology.ts'

export interface BurnWiring {
  readonly host: TopologyHost
  readonly registry: RegistryClient
  readonly organization: OrganizationLog<SpendKind>
  readonly nowMs: () => number
}

/** Starts burn with what this process has: its log writer, its schema ids, its view of the organization, its clock. */
export async function wireBurn(wiring: BurnWiring): Promise<RunningTopology> {
  const { host, registry, organization, nowMs } = wiring
  const { kafka, events, fail, stateDir, commitIntervalMs } = host
  const idOf = (topic: { readonly name: string; readonly schema: string }): Promise<number> =>
    registry.register(`${topic.name}-value`, schemaText(topic.schema))
  const schemaIds = {
    spendDelta: await idOf(TOPICS.spendDelta),
    spendState: await idOf(TOPICS.spendState),
    burnChangelog: await idOf(TOPICS.burnChangelog),
    spendLease: await idOf(TOPICS.spendLease),
  }
  const writer = createLogWriter(kafka, { onTrouble: (error) => events.kafkaTrouble({ err: error }) })
  const progress = createProgressWatch({ name: 'burn', topic: TOPICS.spendDelta.name, fail })
  const burn = await startBurn({
    client: kafka,
    writer,
    schemaIds,
    view: organization.view,
    nowMs,
    onEvent: (event) => {
      progress.observe(event)
      reportPartition(events, 'burn', event)
    },
    onFatal: fail,
    commitIntervalMs,
    onPulseTrouble: (error) => events.tickFailed({ err: error }),
    reports: { skipped: events.spendSkipped, late: events.spendTooLate },
    ...(stateDir === undefined ? {} : { memberDirectory: stateDir }),
  })
  return {
    probes: progress.begin(burn),
    async stop() {
      progress.stop()
      await burn.stop()
      await writer.close()
    },
  }
}
