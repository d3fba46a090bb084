import { createRegistryClient } from '@meterline/contract'
import { createKafkaClient } from '@meterline/kafka'
import { kafkaConnection, type ServiceShell, startHealthServer } from '@meterline/runtime'

import { wireBurn } from './burn-wiring.ts'
import type { ProcessorConfig } from './config.ts'
import { processorEvents } from './events.ts'
import { knowOrganization } from './know-organization.ts'
import { startMeter } from './meter/start-meter.ts'

const HOUR_MS = 3_600_000

export interface RunningProcessor {
  stop(): Promise<void>
}

/** Learns the organization, and runs the topologies that the configuration names. */
export async function startProcessor(
  config: ProcessorConfig,
  shell: ServiceShell,
): Promise<RunningProcessor> {
  const { metrics, fail, nowMs } = shell
  const events = processorEvents(shell)
  const kafka = createKafkaClient({ ...kafkaConnection(config), clientId: 'meterline-processor' })
  const registry = createRegistryClient({ url: config.SCHEMA_REGISTRY_URL })
  const { organization, probe: known } = await knowOrganization(kafka, { events, metrics, fail })

  const host = {
    kafka,
    events,
    fail,
    stateDir: config.METERLINE_STATE_DIR,
    commitIntervalMs: config.PROCESSOR_COMMIT_MS,
  }
  const dedupWindowMs = config.PROCESSOR_DEDUP_HOURS * HOUR_MS
  const running = await Promise.all(
    [...new Set(config.PROCESSOR_TOPOLOGIES)].map((name) =>
      name === 'meter'
        ? startMeter({ host, registry, organization, metrics, dedupWindowMs })
        : wireBurn({ host, registry, organization, nowMs }),
    ),
  )
  const health = await startHealthServer({
    host: config.HOST,
    port: config.PROCESSOR_PORT,
    probes: [known, ...running.flatMap(({ probes }) => probes)],
    metrics,
  })
  return {
    async stop() {
      await Promise.all(running.map((topology) => topology.stop()))
      await health.close()
      await organization.follower.stop()
      await kafka.close()
    },
  }
}
