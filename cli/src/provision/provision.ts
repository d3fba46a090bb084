import { migrate } from '@meterline/clickhouse'
import type { Clickhouse, MigrationReport } from '@meterline/clickhouse'
import { createRegistryClient, schemaText, TOPICS } from '@meterline/contract'
import type { TopicDefinition } from '@meterline/contract'
import { settingsOf } from '@meterline/domain'
import { ensureTopics } from '@meterline/kafka'
import type { EnsuredTopics, KafkaClient, WantedTopic } from '@meterline/kafka'

import { readOrganization } from '../control/read-organization.ts'

const COMPATIBILITY = 'BACKWARD_TRANSITIVE'

export interface RegisteredSubject {
  readonly subject: string
  readonly id: number
}

/** The topics of `contract`, in Kafka's words. */
function wantedTopics(replicationFactor: number): readonly WantedTopic[] {
  return Object.values<TopicDefinition>(TOPICS).map((topic) => ({
    name: topic.name,
    partitions: topic.partitions,
    replicationFactor,
    config: topicConfig(topic, replicationFactor),
  }))
}

export function provisionTopics(kafka: KafkaClient, replicationFactor: number): Promise<EnsuredTopics> {
  return ensureTopics(kafka, wantedTopics(replicationFactor))
}

/** Registers every Avro schema under `<topic>-value`. Safe to run twice: the same schema keeps its id. */
export async function provisionSchemas(registryUrl: string): Promise<readonly RegisteredSubject[]> {
  const registry = createRegistryClient({ url: registryUrl })
  const registered: RegisteredSubject[] = []
  for (const { subject, file } of avroSubjects()) {
    await registry.setCompatibility(subject, COMPATIBILITY)
    registered.push({ subject, id: await registry.register(subject, schemaText(file)) })
  }
  return registered
}

/** Tables and views; days and months of the views are those of the organization's reporting time zone, UTC before there is one. */
export async function provisionClickhouse(
  clickhouse: Clickhouse,
  kafka: KafkaClient,
): Promise<MigrationReport> {
  const settings = settingsOf(await readOrganization(kafka))
  return migrate(clickhouse, { reportingTimeZone: settings?.reporting_time_zone ?? 'UTC' })
}

export function avroSubjects(): readonly { readonly subject: string; readonly file: string }[] {
  return Object.values<TopicDefinition>(TOPICS).flatMap(({ name, value, schema }) =>
    value === 'avro' && schema !== undefined ? [{ subject: `${name}-value`, file: schema }] : [],
  )
}

function topicConfig(topic: TopicDefinition, replicationFactor: number): Readonly<Record<string, string>> {
  return {
    'cleanup.policy': topic.cleanup === 'keep' ? 'delete' : topic.cleanup,
    ...(topic.cleanup === 'keep' ? { 'retention.ms': '-1' } : {}),
    ...(topic.retentionMs === undefined ? {} : { 'retention.ms': String(topic.retentionMs) }),
    ...(topic.maxMessageBytes === undefined ? {} : { 'max.message.bytes': String(topic.maxMessageBytes) }),
    // An acknowledged record must outlive one broker where there are several.
    'min.insync.replicas': String(Math.min(2, replicationFactor)),
  }
}
