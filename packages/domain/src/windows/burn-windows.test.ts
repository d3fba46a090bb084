import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { BurnWindows } from './burn-windows.ts'

const WINDOW_MS = {
  '1m': [60, 1_000],
  '5m': [300, 1_000],
  '15m': [900, 1_000],
  '30m': [30, 60_000],
  '1h': [60, 60_000],
  '6h': [360, 60_000],
  '24h': [1_440, 60_000],
  '3d': [72, 3_600_000],
  '7d': [168, 3_600_000],
  '30d': [720, 3_600_000],
} as const

test('every window is the sum of the panes in it, however late and in whatever order they come', () => {
  const lateMs = fc.oneof(
    fc.integer({ min: 0, max: 20_000 }),
    fc.integer({ min: 0, max: 3_600_000 }),
    fc.integer({ min: 0, max: 35 * 86_400_000 }),
  )
  const stepMs = fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 10 * 3_600_000 }))
  const delta = fc.record({ stepMs, lateMs, credits: fc.integer({ min: -5, max: 1_000_000 }) })
  fc.assert(
    fc.property(fc.array(delta, { maxLength: 60 }), (deltas) => {
      const windows = new BurnWindows()
      const spent: { atMs: number; credits: number }[] = []
      let nowMs = Date.UTC(2026, 9, 20)
      for (const { stepMs: step, lateMs: late, credits } of deltas) {
        nowMs += step
        const atMs = Math.floor((nowMs - late) / 1_000) * 1_000
        windows.advance(nowMs)
        windows.add(atMs, credits, 1)
        spent.push({ atMs, credits })
      }
      windows.advance(nowMs)
      const naive = Object.fromEntries(
        Object.entries(WINDOW_MS).map(([name, [panes, paneMs]]) => [
          name,
          spent
            .filter(({ atMs }) => Math.floor(atMs / paneMs) > Math.floor(nowMs / paneMs) - panes)
            .reduce((sum, { credits }) => sum + credits, 0),
        ]),
      )
      expect(windows.totals()).toEqual(naive)
    }),
  )
})
