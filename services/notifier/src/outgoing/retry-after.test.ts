import { expect, test } from 'vitest'

import { retryAfterMs } from './retry-after.ts'

const NOW_MS = Date.UTC(2026, 10, 21)

test.each([
  ['120', 120_000],
  ['0', 0],
  [new Date(NOW_MS + 90_000).toUTCString(), 90_000],
  [new Date(NOW_MS - 90_000).toUTCString(), 0],
  ['99999999999', 86_400_000],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After %j', (header, pauseMs) => {
  expect(retryAfterMs(header, NOW_MS)).toBe(pauseMs)
})
