import { FRAME_BYTES, spendLeaseCodec, TOPICS } from '@meterline/contract'
import type { LeaseAnswer } from '@meterline/domain'
import { followLog, readLogBounds } from '@meterline/kafka'
import type { KafkaClient, LogFollower } from '@meterline/kafka'

/**
 * Hears what the owners of scopes answer, from now on: committed answers only, so what a burn that had lost its partition granted is
 * never heard of.
 */
export async function followLeases(
  client: KafkaClient,
  options: {
    readonly onAnswer: (answer: LeaseAnswer) => void
    readonly onTrouble: (error: unknown) => void
  },
): Promise<readonly LogFollower[]> {
  const topic = TOPICS.spendLease.name
  const partitions = await client.reads.partitionsOf(topic)
  return Promise.all(
    partitions.map(async (partition) => {
      const { stable } = await readLogBounds(client.reads, { topic, partition })
      return followLog(client, {
        topic,
        partition,
        fromOffset: stable,
        onTrouble: options.onTrouble,
        onRecord: ({ value }) => {
          if (value !== null) options.onAnswer(spendLeaseCodec.decode(value.subarray(FRAME_BYTES)))
        },
      })
    }),
  )
}
