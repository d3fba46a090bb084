import { FRAME_BYTES, spendLeaseCodec, TOPICS } from '@meterline/contract'
import type { LeaseAnswer } from '@meterline/domain'
import { followTopic } from '@meterline/kafka'
import type { Follower, KafkaClient } from '@meterline/kafka'

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
): Promise<Follower> {
  return followTopic(client, {
    topic: TOPICS.spendLease.name,
    from: 'now',
    onTrouble: options.onTrouble,
    onRecord: ({ value }) => {
      if (value !== null) options.onAnswer(spendLeaseCodec.decode(value.subarray(FRAME_BYTES)))
    },
  })
}
