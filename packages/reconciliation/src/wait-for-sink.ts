import { TOPICS } from '@meterline/contract'
import { describeLag } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { setTimeout as sleep } from 'node:timers/promises'

const FIRST_PAUSE_MS = 100
const MAX_PAUSE_MS = 2_000

/**
 * Waits until all that is in the sink's topics now is stored, however much comes after it. Answers how many records were not when
 * the time was over. `usage.metered` first: what the sink refuses of it goes to `usage.rejected`.
 */
export async function waitForSink(kafka: KafkaClient, waitMs: number): Promise<number> {
  const deadlineMs = performance.now() + waitMs
  let waiting = 0
  for (const { name: topic } of [TOPICS.usageMetered, TOPICS.usageRejected]) {
    waiting += await waitFor(kafka, topic, deadlineMs)
  }
  return waiting
}

async function waitFor(kafka: KafkaClient, topic: string, deadlineMs: number): Promise<number> {
  const describe = () => describeLag(kafka, { groupId: `sink.${topic}`, topic })
  let now = await describe()
  const ends = new Map(now.map(({ partition, end }) => [partition, end]))
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    const behind = now.filter(
      ({ partition, position = 0, lagRecords }) => lagRecords > 0 && position < (ends.get(partition) ?? 0),
    )
    if (behind.length === 0 || performance.now() + pauseMs > deadlineMs) {
      return behind.reduce((sum, { lagRecords }) => sum + lagRecords, 0)
    }
    await sleep(pauseMs)
    now = await describe()
  }
}
