import { createRegistryClient } from '@meterline/contract'
import { createKafkaClient } from '@meterline/kafka'
import { kafkaConnection, runService, type ServiceShell, startHealthServer } from '@meterline/runtime'

import { wireBurn } from './burn-wiring.ts'
import { readProcessorConfig } from './config.ts'
import { processorEvents } from './events.ts'
import { startMeter } from './meter/start-meter.ts'
import { knowOrganization } from './know-organization.ts'

const HOUR_MS = 3_600_000
const config = readProcessorConfig()

async function start(shell: ServiceShell) {
  const { metrics, fail } = shell
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
        : wireBurn(host, registry, organization),
    ),
  )
  const health = await startHealthServer({
    host: config.HOST,
    port: config.PROCESSOR_PORT,
    probes: [known, ...running.flatMap(({ probes }) => probes)],
    metrics,
  })
  return { kafka, organization, running, health }
}

await runService({
  name: 'processor',
  logLevel: config.LOG_LEVEL,
  start,
  async stop({ kafka, organization, running, health }) {
    await Promise.all(running.map((topology) => topology.stop()))
    await health.close()
    await organization.follower.stop()
    await kafka.close()
  },
})
