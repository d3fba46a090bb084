import { createClickhouse } from '@meterline/clickhouse'
import { createRegistryClient, createSchemaReader, schemaText } from '@meterline/contract'
import type { MeteredUsage } from '@meterline/domain'
import { createKafkaClient } from '@meterline/kafka'

import type { LoadEvents, LoadStep } from '../exactly-once/load-events.ts'
import type { RangeBounds } from '../exactly-once/row-queue.ts'
import type { Source } from '../exactly-once/source.ts'
import { runSinkPipeline } from '../pipeline.ts'
import type { SinkPipeline } from '../pipeline.ts'
import { alertsSource } from '../tables/alerts-source.ts'
import { auditSource } from '../tables/audit-source.ts'
import { rejectedSource } from '../tables/rejected-source.ts'
import { type SchemaResolver, usageSource } from '../tables/usage-source.ts'
import type { SinkAddresses, SinkWorld } from './sink-world.ts'
import { SAMPLE_SCHEMA_ID } from './usage-sample.ts'

/** What a sink under test is given; also as JSON, to a process of its own. */
export interface TestSink {
  readonly addresses: SinkAddresses
  readonly groupPrefix: string
  readonly topics: SinkWorld['topics']
  readonly partitions: number
  readonly bounds: RangeBounds
  readonly leaseMs: number
  readonly memberDirectory?: string
  readonly onlyUsage?: boolean
  readonly maxBufferedBytes?: number
  /** Where schemas are asked for; without it every record of the samples is in ours. */
  readonly registryUrl?: string
}

export interface RunningTestSink {
  readonly pipeline: SinkPipeline
  /** Names of the events so far, oldest first. */
  readonly happened: readonly string[]
  stop(): Promise<void>
}

export async function runTestSink(
  options: TestSink,
  onStep?: (step: LoadStep) => Promise<void> | void,
): Promise<RunningTestSink> {
  const { addresses, topics } = options
  const { url, database, user: username, password } = addresses.clickhouse
  const kafka = createKafkaClient({ brokers: addresses.kafkaBrokers, clientId: 'sink-under-test' })
  const clickhouse = createClickhouse({ url, database, username, password })
  const happened: string[] = []
  const pipeline = await runSinkPipeline({
    kafka,
    clickhouse,
    sources: testSources(options).slice(0, options.onlyUsage === true ? 1 : 4),
    settings: {
      bounds: options.bounds,
      maxBufferedBytes: options.maxBufferedBytes ?? 64 * 1024 * 1024,
      rejectedTopic: { name: topics.rejected, partitions: options.partitions },
      groupPrefix: options.groupPrefix,
      leaseMs: options.leaseMs,
      maxBackoffMs: 500,
      sessionTimeoutMs: 6_000,
      ...(options.memberDirectory === undefined ? {} : { memberDirectory: options.memberDirectory }),
      ...(onStep === undefined ? {} : { onStep }),
    },
    events: noteEvents(happened),
    onPartitionEvent: (_topic, { kind }) => void happened.push(`partition ${kind}`),
    onFatal: (error) => void happened.push(`fatal ${error.message}`),
  })
  return {
    pipeline,
    happened,
    stop: async () => {
      await pipeline.stop()
      await clickhouse.close()
      await kafka.close()
    },
  }
}

function testSources({ topics, registryUrl }: TestSink): Source[] {
  const schemas = registryUrl === undefined ? sampleSchemas : registeredSchemas(registryUrl)
  return [
    { ...usageSource(schemas), topic: topics.usage },
    { ...rejectedSource(), topic: topics.rejected },
    { ...alertsSource(), topic: topics.alerts },
    { ...auditSource(), topic: topics.control },
  ]
}

const sampleSchemas: SchemaResolver = {
  prepare: () => Promise.resolve(),
  of: (id) => (id === SAMPLE_SCHEMA_ID ? { kind: 'same' } : { kind: 'unknown', error: `no schema ${id}` }),
}

function registeredSchemas(url: string): SchemaResolver {
  const schema = schemaText('metered-usage.avsc')
  return createSchemaReader<MeteredUsage>({ registry: createRegistryClient({ url }), schema })
}

function noteEvents(happened: string[]): LoadEvents {
  return {
    inserted: ({ table, rows }) => void happened.push(`inserted ${table} ${rows}`),
    committed: () => undefined,
    attemptFailed: ({ table, error }) =>
      void happened.push(`attemptFailed ${table} ${error.kind} ${error.message}`),
    settled: ({ table, arrivedMonths, missingMonths }) =>
      void happened.push(`settled ${table} arrived ${arrivedMonths} missing ${missingMonths}`),
    rangeSplit: ({ table, rows }) => void happened.push(`rangeSplit ${table} ${rows}`),
    rejected: ({ table, records }) => void happened.push(`rejected ${table} ${records.length}`),
    halted: ({ table, error }) =>
      void happened.push(`halted ${table} ${error.code} ${error.message} ${String(error.cause)}`),
  }
}
