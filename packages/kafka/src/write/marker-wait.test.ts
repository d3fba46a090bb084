import { expect, it } from 'vitest'

import { MarkerWait } from './marker-wait.ts'

/** One transaction that ends now; its markers take `markersMs`, and the coordinator is asked every 5 ms. Answers how often in vain. */
function next(wait: MarkerWait, clock: { ms: number }, markersMs: number): number {
  wait.ended(clock.ms)
  const freeMs = clock.ms + markersMs
  clock.ms += wait.leftMs(clock.ms)
  let refusals = 0
  while (clock.ms < freeMs) {
    wait.refused()
    refusals += 1
    clock.ms += 5
  }
  wait.begun(clock.ms)
  return refusals
}

it('asks at once where markers are written at once', () => {
  const wait = new MarkerWait()
  wait.ended(1_000)
  expect(wait.leftMs(1_000)).toBe(0)
  wait.begun(1_000)
  wait.ended(2_000)
  expect(wait.leftMs(2_000)).toBe(0)
})

it('asks once, and seldom twice, where they take their time', () => {
  const wait = new MarkerWait()
  const clock = { ms: 0 }
  const refusals = Array.from({ length: 100 }, () => next(wait, clock, 22))
  expect(refusals[0]).toBe(5)
  expect(refusals.slice(1).reduce((sum, n) => sum + n, 0)).toBeLessThan(60)
})

it('waits for no longer than they take, once they have become quicker', () => {
  const wait = new MarkerWait()
  const clock = { ms: 0 }
  for (let i = 0; i < 10; i += 1) next(wait, clock, 40)
  for (let i = 0; i < 40; i += 1) next(wait, clock, 0)
  wait.ended(clock.ms)
  expect(wait.leftMs(clock.ms)).toBeLessThan(1)
})

it('counts the time that has passed since', () => {
  const wait = new MarkerWait()
  const clock = { ms: 0 }
  next(wait, clock, 20)
  wait.ended(clock.ms)
  expect(wait.leftMs(clock.ms + 15)).toBe(5)
  expect(wait.leftMs(clock.ms + 1_000)).toBe(0)
})

it('waits for a bounded time, also when the clock was set back', () => {
  const wait = new MarkerWait()
  wait.ended(0)
  wait.refused()
  wait.begun(9_999)
  wait.ended(20_000)
  expect(wait.leftMs(20_000)).toBe(250)
  expect(wait.leftMs(0)).toBe(250)
})
