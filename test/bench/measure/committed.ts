import kafkajs from 'kafkajs'
import type { Admin } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'

const DEADLINE_MS = 15_000
const PAUSE_MS = 50

/** Committed offset by partition; -1 where the group never committed. A coordinator that is still loading is waited for. */
export async function committedOffsets(
  admin: Admin,
  of: { readonly groupId: string; readonly topic: string },
): Promise<ReadonlyMap<number, number>> {
  const until = performance.now() + DEADLINE_MS
  for (;;) {
    try {
      const [answer] = await admin.fetchOffsets({ groupId: of.groupId, topics: [of.topic] })
      return new Map((answer?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]))
    } catch (error) {
      if (!(error instanceof kafkajs.KafkaJSError) || !error.retriable || performance.now() > until)
        throw error
      await sleep(PAUSE_MS)
    }
  }
}
