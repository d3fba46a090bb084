import { setTimeout as sleep } from 'node:timers/promises'

import type { Clickhouse } from './clickhouse.ts'

const MAX_SINGLE_WAIT_MS = 1_000

/** Milliseconds since the epoch by the server's clock, the only one that judges a deadline. */
export async function serverNowMs(clickhouse: Clickhouse): Promise<number> {
  const [row] = await clickhouse.rows<{ now_ms: number }>('SELECT toUnixTimestamp64Milli(now64(3)) AS now_ms')
  if (row === undefined) throw new TypeError('a SELECT of one row answered none')
  return row.now_ms
}

/** Resolves once the server's clock is past the deadline. */
export async function waitForDeadline(
  clickhouse: Clickhouse,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<void> {
  for (;;) {
    const leftMs = deadlineMs - (await serverNowMs(clickhouse))
    if (leftMs < 0) return
    await sleep(Math.min(leftMs + 1, MAX_SINGLE_WAIT_MS), undefined, signal === undefined ? {} : { signal })
  }
}
