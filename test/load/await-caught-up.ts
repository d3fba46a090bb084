import { describeLag } from '@meterline/kafka'
import { setTimeout as sleep } from 'node:timers/promises'

import type { BenchStack } from '../bench/stack/bench-stack.ts'

const GROUPS = [
  ['meter', 'usage.events'],
  ['burn', 'spend.delta'],
  ['sink.usage.metered', 'usage.metered'],
] as const
const POLL_MS = 500

/** Milliseconds until nothing is left to read. Rejects when the deadline passes. */
export async function awaitCaughtUp({ kafka }: BenchStack, deadlineMs: number): Promise<number> {
  const startMs = performance.now()
  for (;;) {
    const lags = await Promise.all(
      GROUPS.map(async ([groupId, topic]) => {
        const lag = await describeLag(kafka, { groupId, topic })
        return lag.reduce((sum, { lagRecords }) => sum + lagRecords, 0)
      }),
    )
    const passedMs = performance.now() - startMs
    // Burn's clock writes all the time.
    if ((lags[0] ?? 0) + (lags[2] ?? 0) === 0 && (lags[1] ?? 0) < 50) return passedMs
    if (passedMs > deadlineMs)
      throw new Error(`not caught up within ${deadlineMs} ms: ${lags.join(', ')} records are left`)
    await sleep(POLL_MS)
  }
}
