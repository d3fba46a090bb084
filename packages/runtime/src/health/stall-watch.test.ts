import { expect, test } from 'vitest'

import { createStallWatch } from './stall-watch.ts'

function clockedWatch() {
  let nowMs = 0
  const watch = createStallWatch({ boundMs: 30_000, nowMs: () => nowMs })
  const see = (position: number, lag: number, name = 'p1') => watch.observe([{ name, position, lag }])
  return { watch, see, passMs: (ms: number) => void (nowMs += ms) }
}

test('one that stands still with work is red and hangs, while the others go on', () => {
  const { watch, see, passMs } = clockedWatch()
  for (let second = 0; second < 30; second++) {
    see(5, 10 + second)
    see(second, 100, 'p2')
    expect(watch.check().ok).toBe(true)
    expect(watch.silentStall()).toBeUndefined()
    passMs(1_000)
  }
  const why = 'p1 has stood at 5 for 30 s with a lag of 39'
  expect(watch.check()).toEqual({ ok: false, detail: why })
  expect(watch.silentStall()).toBe(why)
  see(6, 1)
  expect([watch.check().ok, watch.silentStall()]).toEqual([true, undefined])
})

test('without work nothing stalls; the clock begins with the work', () => {
  const { watch, see, passMs } = clockedWatch()
  see(5, 0)
  passMs(3_600_000)
  see(5, 1)
  expect(watch.check().ok).toBe(true)
  passMs(30_000)
  expect(watch.check().ok).toBe(false)
})

test('reported trouble is red all the same, but no reason to start again until it is silent for the bound', () => {
  const { watch, see, passMs } = clockedWatch()
  see(5, 1)
  passMs(29_000)
  watch.excuse()
  passMs(2_000)
  expect(watch.check().ok).toBe(false)
  expect(watch.silentStall()).toBeUndefined()
  passMs(28_000)
  expect(watch.silentStall()).toContain('p1')
})

test('a partition that is opened again and again has not advanced; one that was given away is forgotten', () => {
  const { watch, see, passMs } = clockedWatch()
  see(5, 1)
  passMs(20_000)
  watch.observe([])
  passMs(10_000)
  see(5, 1)
  expect(watch.check().ok).toBe(false)
  watch.forget('p1')
  expect(watch.check().ok).toBe(true)
})
