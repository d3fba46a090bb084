import type { KafkaClient } from '../connection/client.ts'
import { retryTransient } from '../connection/retry.ts'
import { KafkaError } from '../errors.ts'

/**
 * A task keeps its state in the partition of its own number: an input that was given more partitions than its state has cannot be
 * worked on there. Said at once and for good, instead of waiting for a leader that will never be.
 *
 * @throws KafkaError `inconsistent` when the topic has no such partition.
 */
export async function requirePartition(
  client: KafkaClient,
  of: { readonly topic: string; readonly partition: number; readonly input: string },
): Promise<void> {
  const { topic, partition, input } = of
  const limits = {
    doing: `Reading the partitions of ${topic}`,
    deadlineMs: Date.now() + TIMEOUT_MS,
    beforeRetry: () => client.reads.refresh(),
  }
  const has = async (): Promise<boolean> => (await client.reads.partitionsOf(topic)).includes(partition)
  if (await retryTransient(has, limits)) return
  // What we know may be older than the partition.
  await retryTransient(() => client.reads.refresh(), limits)
  if (await retryTransient(has, limits)) return
  throw new KafkaError(
    'inconsistent',
    `${input} has a partition ${partition}, and ${topic} has none: partitions were added to the one and not to the other. Nothing of ${input}/${partition} is worked on until ${topic} has as many, and this process was started again`,
  )
}

const TIMEOUT_MS = 30_000
