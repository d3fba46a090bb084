import { expect, test } from 'vitest'

import { createDisagreement } from './disagreement.ts'

const MINUTE_MS = 60_000

test('a difference is told once it has lasted five minutes, and its end is told too', () => {
  const said: string[] = []
  const events = {
    unreconciled: ({ difference }: { difference: number }) => void said.push(`differs by ${difference}`),
    reconciledAgain: () => void said.push('holds again'),
  }
  const disagreement = createDisagreement({ alertAfterMs: 5 * MINUTE_MS, events })
  const see = (difference: number, minute: number): number =>
    disagreement.observe({ difference, waitingRecords: 0 }, minute * MINUTE_MS)

  expect([see(4, 0), see(0, 1), see(4, 2), see(3, 6)]).toEqual([0, 0, 0, 4 * MINUTE_MS])
  expect(said).toEqual([])
  expect([see(3, 7), see(3, 8)]).toEqual([5 * MINUTE_MS, 6 * MINUTE_MS])
  expect(said).toEqual(['differs by 3'])
  see(0, 9)
  expect(said).toEqual(['differs by 3', 'holds again'])
})
