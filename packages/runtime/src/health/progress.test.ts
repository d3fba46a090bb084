import { expect, test } from 'vitest'

import { progressProbe } from './progress.ts'

function clockedProbe() {
  let nowMs = 0
  const probe = progressProbe({ name: 'meter', boundMs: 30_000, nowMs: () => nowMs })
  return { probe, passMs: (ms: number) => void (nowMs += ms) }
}

test('is green without lag, however long nothing happens', () => {
  const { probe, passMs } = clockedProbe()
  probe.observe({ position: 5, lag: 0 })
  passMs(3_600_000)
  expect(probe.check().ok).toBe(true)
})

test('is red after the bound when there is lag and no advance, and green again with the first advance', () => {
  const { probe, passMs } = clockedProbe()
  probe.observe({ position: 5, lag: 10 })
  passMs(20_000)
  probe.observe({ position: 5, lag: 90 })
  expect(probe.check().ok).toBe(true)
  passMs(10_001)
  expect(probe.check()).toEqual({ ok: false, detail: 'no progress for 30 s with a lag of 90' })
  probe.observe({ position: 6, lag: 89 })
  expect(probe.check().ok).toBe(true)
})

test('an observer that itself stops reporting turns red, too', () => {
  const { probe, passMs } = clockedProbe()
  probe.observe({ position: 1, lag: 4 })
  passMs(31_000)
  expect(probe.check().ok).toBe(false)
})
