import { createKafkaClient, KafkaError } from '@meterline/kafka'
import { addHealthRoutes, kafkaConnection, probe, runService } from '@meterline/runtime'
import type { ServiceShell } from '@meterline/runtime'

import { readRegistryConfig } from './config.ts'
import { registryEvents } from './events.ts'
import { openKafkaCatalogueLog } from './kafka-catalogue-log.ts'
import { openRegistry } from './registry.ts'
import { createServer } from './server.ts'

const config = readRegistryConfig()

async function start(shell: ServiceShell) {
  const events = registryEvents(shell)
  const kafka = createKafkaClient({
    ...kafkaConnection(config),
    clientId: 'meterline-registry',
    onLog: ({ component, message }) => events.kafkaTrouble({ component, message }),
  })
  const registry = await openRegistry(() => openKafkaCatalogueLog(kafka))
  const server = createServer(registry, (error, path) => {
    events.requestFailed({ path, err: error })
    // Another registry writes now: two of them would give out the same id.
    if (error instanceof KafkaError && error.code === 'fenced') shell.fail(error)
  })
  const catalogueRead = probe('catalogue', () => ({
    ok: true,
    detail: `${registry.catalogue.highestId} schemas`,
  }))
  addHealthRoutes(server, { probes: [catalogueRead], metrics: shell.metrics })
  await server.listen({ host: config.HOST, port: config.REGISTRY_PORT })
  return { server, registry, kafka }
}

await runService({
  name: 'registry',
  logLevel: config.LOG_LEVEL,
  start,
  async stop({ server, registry, kafka }) {
    await server.close()
    await registry.close()
    await kafka.close()
  },
})
