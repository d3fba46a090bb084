import { TOPICS } from '@meterline/contract'
import type { KafkaClient } from '@meterline/kafka'

/** Over how many partitions scopes are spread: as many as meter spreads their spend over. */
export async function spendPartitions(reads: Pick<KafkaClient['reads'], 'partitionsOf'>): Promise<number> {
  const counts = await Promise.all(
    [TOPICS.spendDelta, TOPICS.burnChangelog].map(
      async ({ name }) => (await reads.partitionsOf(name)).length,
    ),
  )
  return Math.min(...counts)
}
