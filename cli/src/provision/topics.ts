import { TOPICS } from '@meterline/contract'
import type { TopicDefinition } from '@meterline/contract'
import { countBrokers, describeTopics, ensureTopics } from '@meterline/kafka'
import type { DescribedTopics, EnsuredTopics, KafkaClient, WantedTopic } from '@meterline/kafka'

import { usageError } from '../cli-error.ts'

const MAX_REPLICAS = 3

/** Creates what is missing, in as many copies as are asked for; by default as many as there are brokers, up to three. */
export async function provisionTopics(
  kafka: KafkaClient,
  replicationFactor?: number,
): Promise<EnsuredTopics> {
  const brokers = await countBrokers(kafka)
  if (replicationFactor !== undefined && replicationFactor > brokers) {
    throw usageError(
      `--replication-factor ${replicationFactor} needs as many brokers, and the cluster has ${brokers}`,
    )
  }
  return ensureTopics(kafka, wantedTopics(replicationFactor ?? replicasFor(brokers)))
}

/** How the topics stand against what `provisionTopics` would make. Changes nothing. */
export async function examineTopics(kafka: KafkaClient): Promise<DescribedTopics> {
  return describeTopics(kafka, wantedTopics(replicasFor(await countBrokers(kafka))))
}

function replicasFor(brokers: number): number {
  return Math.min(MAX_REPLICAS, brokers)
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
