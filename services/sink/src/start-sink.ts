import { createClickhouse } from '@meterline/clickhouse'
import { createKafkaClient } from '@meterline/kafka'
import { createStallWatch, kafkaConnection, startHealthServer, watchForStall } from '@meterline/runtime'
import type { ServiceShell } from '@meterline/runtime'

import type { SinkConfig } from './config.ts'
import { loadEvents, reportPartition, sinkEvents } from './events.ts'
import { observeTrouble, sinkProbes } from './health.ts'
import { runSinkPipeline } from './pipeline.ts'
import { watchReconciliation } from './reconciliation/watch-reconciliation.ts'
import { sinkSettings } from './settings.ts'
import { sinkSources } from './sources.ts'

/** Wires the sink: Kafka and ClickHouse, the pipeline between them, and what watches over it. */
export async function startSink(config: SinkConfig, shell: ServiceShell) {
  const events = sinkEvents(shell)
  const kafka = createKafkaClient({
    ...kafkaConnection(config),
    clientId: 'meterline-sink',
    onLog: ({ component, message }) => events.kafkaTrouble({ component, message }),
  })
  const clickhouse = createClickhouse({
    url: config.CLICKHOUSE_URL,
    database: config.CLICKHOUSE_DATABASE,
    username: config.CLICKHOUSE_USER,
    password: config.CLICKHOUSE_PASSWORD,
  })
  const watch = createStallWatch()
  const trouble = observeTrouble(watch)
  const pipeline = await runSinkPipeline({
    kafka,
    clickhouse,
    sources: sinkSources({ schemaRegistryUrl: config.SCHEMA_REGISTRY_URL }),
    settings: sinkSettings(config),
    events: trouble.loadEvents(loadEvents(events)),
    onPartitionEvent: (topic, event) => {
      trouble.partitionEvent(topic, event)
      reportPartition(events, topic, event)
    },
    onFatal: (error) => shell.fail(error),
  })
  const reconciliation = watchReconciliation({ kafka, clickhouse, events, metrics: shell.metrics })
  const health = await startHealthServer({
    host: config.HOST,
    port: config.SINK_PORT,
    probes: sinkProbes(pipeline, watch),
    metrics: shell.metrics,
    reports: { '/v1/reconciliation': () => reconciliation.report() },
  })
  const stall = watchForStall({ watch, units: () => pipeline.progress().partitions, onStall: shell.fail })
  return { kafka, clickhouse, pipeline, reconciliation, health, stall }
}
