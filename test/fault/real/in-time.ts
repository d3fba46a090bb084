import { setTimeout as sleep } from 'node:timers/promises'

/**
 * What `work` resolves to, if it does within `deadlineMs`; else rejects with what `late` says. Work that was late goes on, and
 * nobody hears of it any more.
 */
export async function inTime<T>(work: Promise<T>, deadlineMs: number, late: () => string): Promise<T> {
  const timer = new AbortController()
  const alarm = sleep(deadlineMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(late())
  })
  alarm.catch(() => undefined)
  work.catch(() => undefined)
  try {
    return await Promise.race([work, alarm])
  } finally {
    timer.abort()
  }
}
