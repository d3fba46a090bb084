import { TOPICS } from '@meterline/contract'
import type { KafkaClient } from '@meterline/kafka'

/**
 * Over how many partitions scopes are spread: what meter says of its own topics, in those that a gateway may know. Partitions that
 * were added to `spend.delta` alone are not written to.
 */
export async function spendPartitions(reads: Pick<KafkaClient['reads'], 'partitionsOf'>): Promise<number> {
  const counts = await Promise.all(
    [TOPICS.spendDelta, TOPICS.spendLease, TOPICS.spendState].map(
      async ({ name }) => (await reads.partitionsOf(name)).length,
    ),
  )
  return Math.min(...counts)
}
