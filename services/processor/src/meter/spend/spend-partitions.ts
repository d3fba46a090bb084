import { TOPICS } from '@meterline/contract'
import type { KafkaClient } from '@meterline/kafka'

/**
 * Over how many partitions spend is spread. What a scope stands at lives in burn's partition of the same number: partitions that
 * were added to `spend.delta` alone are not written to, or budgets would begin at nothing there.
 */
export async function spendPartitions({ reads }: Pick<KafkaClient, 'reads'>): Promise<number> {
  const counts = await Promise.all(
    [TOPICS.spendDelta, TOPICS.burnChangelog].map(
      async ({ name }) => (await reads.partitionsOf(name)).length,
    ),
  )
  return Math.min(...counts)
}
