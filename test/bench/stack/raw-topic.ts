import { DEFAULT_USAGE_PARTITIONS, TOPICS } from '@meterline/contract'
import type { TopicDefinition } from '@meterline/contract'
import { ensureTopics } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'

/** Where the raw limits write to: a topic like usage.events that no service reads. */
export const RAW_TOPIC = 'bench.raw'

export async function createRawTopic(kafka: KafkaClient): Promise<void> {
  await ensureTopics(kafka, [
    {
      name: RAW_TOPIC,
      partitions: DEFAULT_USAGE_PARTITIONS,
      replicationFactor: 1,
      // A stock client writes whatever it fetched as one batch.
      config: { 'retention.ms': '3600000', 'max.message.bytes': '16777216' },
    },
  ])
}

/** The topics of meter in another number of partitions than usual; what is there is left as it is when topics are provisioned. */
export async function createUsageTopics(kafka: KafkaClient, partitions: number): Promise<void> {
  await ensureTopics(
    kafka,
    [TOPICS.usageEvents, TOPICS.usageMetered, TOPICS.usageRejected, TOPICS.meterChangelog].map(
      ({ name, cleanup, retentionMs, maxMessageBytes }: TopicDefinition) => ({
        name,
        partitions,
        replicationFactor: 1,
        config: {
          'cleanup.policy': cleanup === 'keep' ? 'delete' : cleanup,
          ...(retentionMs === undefined ? {} : { 'retention.ms': String(retentionMs) }),
          ...(maxMessageBytes === undefined ? {} : { 'max.message.bytes': String(maxMessageBytes) }),
          'min.insync.replicas': '1',
        },
      }),
    ),
  )
}
