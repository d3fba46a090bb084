import { createRegistryClient, TOPICS } from '@meterline/contract'
import { createKafkaClient, createLogWriter } from '@meterline/kafka'
import { addRowsGauge, kafkaConnection } from '@meterline/runtime'
import type { ServiceShell } from '@meterline/runtime'

import { createKeyLabels } from './admit/key-labels.ts'
import { createInFlight } from './bounds/in-flight.ts'
import { createKeyRates } from './bounds/key-rates.ts'
import { LIMITS } from './bounds/limits.ts'
import { createTokenBucket } from './bounds/token-bucket.ts'
import type { GatewayConfig } from './config.ts'
import { gatewayEvents, UNREADABLE_CONTROL_RECORDS } from './events.ts'
import type { Gateway } from './gateway.ts'
import { closeServer } from './http/close-server.ts'
import { followOrganization, unreadableRows } from '@meterline/control-log'
import { eventPartitions } from './kafka/event-partitions.ts'
import { startKafkaProbe } from './kafka/kafka-probe.ts'
import { observedLog } from './kafka/observed-log.ts'
import { organizationProbe } from './kafka/organization-probe.ts'
import { registerSchema } from './kafka/register-schema.ts'
import { startAuthorizations } from './kafka/start-authorizations.ts'
import { createServer } from './server.ts'

const MIB = 1024 * 1024

export interface RunningGateway {
  stop(): Promise<void>
}

/** Wires Kafka, the registry and the HTTP side, and listens once the organization is known. */
export async function startGateway(config: GatewayConfig, shell: ServiceShell): Promise<RunningGateway> {
  const events = gatewayEvents(shell)
  const onTrouble = (err: unknown) => events.kafkaTrouble({ err })
  const registry = createRegistryClient({ url: config.SCHEMA_REGISTRY_URL })
  const kafka = createKafkaClient({ ...kafkaConnection(config), clientId: 'meterline-gateway' })
  const organization = followOrganization(kafka, onTrouble, { onUnreadable: events.controlRecordUnreadable })
  const { view, follower, unreadable } = organization
  addRowsGauge(shell.metrics, UNREADABLE_CONTROL_RECORDS, () => unreadableRows(unreadable))
  follower.done.catch(shell.fail)

  const registering = { stopping: shell.stopping, onTrouble }
  const schemaId = await registerSchema(registry, TOPICS.usageEvents, registering)
  const spendSchemaId = await registerSchema(registry, TOPICS.spendDelta, registering)
  const rejectedPartitions = (await kafka.reads.partitionsOf(TOPICS.usageRejected.name)).length
  // Before the organization is known every key would be unknown.
  await follower.caughtUp

  const inFlightBytes = config.GATEWAY_IN_FLIGHT_MB * MIB
  const writer = createLogWriter(kafka, {
    sendTimeoutMs: LIMITS.writeDeadlineMs,
    maxQueuedBytes: inFlightBytes,
    onTrouble,
  })
  const { authorizations, releases, ...leases } = await startAuthorizations(kafka, {
    view,
    config,
    schemaId: spendSchemaId,
    dateMs: shell.nowMs,
    onTrouble,
    onFatal: shell.fail,
  })
  const { log, probe: writes } = observedLog(writer)
  const gateway: Gateway = {
    view,
    keyLabels: createKeyLabels(view),
    adminToken: config.METERLINE_ADMIN_TOKEN,
    log,
    target: { schemaId, eventPartitions: await eventPartitions(kafka.reads), rejectedPartitions },
    inFlight: createInFlight(inFlightBytes),
    keyRates: createKeyRates(config.GATEWAY_KEY_EVENTS_PER_SECOND),
    keptRefused: createTokenBucket({
      perSecond: LIMITS.keptRefusedBytesPerSecond,
      burst: LIMITS.keptRefusedBurstBytes,
    }),
    authorizations,
    releases,
    events,
    nowMs: shell.nowMs,
  }
  const kafkaAnswers = startKafkaProbe(kafka, { silenceMs: LIMITS.kafkaSilenceMs, onTrouble })
  const probes = [kafkaAnswers, writes, organizationProbe(organization)]
  const server = createServer(gateway, { probes, metrics: shell.metrics })
  await server.listen({ host: config.HOST, port: config.GATEWAY_PORT })
  return {
    async stop() {
      // What was begun is answered first; then nothing is left to write.
      await closeServer(server, gateway.inFlight)
      kafkaAnswers.stop()
      await leases.stop()
      await writer.close()
      await follower.stop()
      await kafka.close()
    },
  }
}
