import type { SlowRequests } from '../measure/slow-requests.ts'

/** What the main threads did while requests took longer than the bound. */
export function slowNotes({ count, meanMs, threads }: SlowRequests, slowMs: number): string[] {
  if (count === 0) return [`none took longer than ${slowMs} ms`]
  const each = Object.entries(threads).map(
    ([name, { ranMs, waitedMs }]) =>
      `${name} ran ${ranMs.toFixed(1)} and waited ${waitedMs.toFixed(1)} ms for a core`,
  )
  return [
    `${count} took longer than ${slowMs} ms, ${meanMs.toFixed(1)} ms in the mean; meanwhile ${each.join(', ')}`,
  ]
}
