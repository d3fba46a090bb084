import { DEFAULT_USAGE_PARTITIONS } from '@meterline/contract'
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
