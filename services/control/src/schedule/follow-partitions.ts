import { FRAME_BYTES, framedSchemaId } from '@meterline/contract'
import { followLog } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'

/** All partitions of a topic, followed from their start on. */
export interface FollowedTopic {
  /** Resolves when everything that was there at the start was handed over. */
  readonly caughtUp: Promise<unknown>
  /** Rejects when following ended by itself. */
  readonly done: Promise<unknown>
  stop(): Promise<void>
}

export async function followPartitions(
  kafka: KafkaClient,
  of: {
    readonly topic: string
    readonly onValue: (value: Buffer) => void
    readonly onTrouble: (error: unknown) => void
  },
): Promise<FollowedTopic> {
  const partitions = await kafka.reads.partitionsOf(of.topic)
  const followers = partitions.map((partition) =>
    followLog(kafka, {
      topic: of.topic,
      partition,
      onRecord: ({ value }) => {
        if (value !== null) of.onValue(value)
      },
      onTrouble: of.onTrouble,
    }),
  )
  return {
    caughtUp: Promise.all(followers.map(({ caughtUp }) => caughtUp)),
    done: Promise.all(followers.map(({ done }) => done)),
    stop: async () => void (await Promise.all(followers.map((follower) => follower.stop()))),
  }
}

/** The datum behind the five bytes of the registry's framing. */
export function unframed(value: Buffer): Buffer {
  return framedSchemaId(value) === undefined ? value : value.subarray(FRAME_BYTES)
}
