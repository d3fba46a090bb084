import { TOPICS } from '@meterline/contract'
import type { KafkaClient } from '@meterline/kafka'

/**
 * Over how many partitions events are spread. A request that is sent again has to meet its twin, and meter counts in the
 * partition of the same number: partitions that were added to `usage.events` alone are not written to.
 */
export async function eventPartitions(reads: Pick<KafkaClient['reads'], 'partitionsOf'>): Promise<number> {
  const counts = await Promise.all(
    [TOPICS.usageEvents, TOPICS.usageMetered].map(
      async ({ name }) => (await reads.partitionsOf(name)).length,
    ),
  )
  return Math.min(...counts)
}
