import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { createCalendar } from '../windows/calendar.ts'
import { backtestSeries } from './backtest.ts'
import { DEFAULT_ANOMALY_POLICY } from './anomaly-policy.ts'
import { createSeasonalDetector } from './seasonal-detector.ts'
import { createSpendDetector, SEASONAL_PANES } from './spend-detector.ts'

const CREDIT = 1_000_000
const PANE_MS = SEASONAL_PANES['5m']
const PANES_PER_DAY = 288
const MONDAY = Date.UTC(2026, 10, 2)
const options = { policy: DEFAULT_ANOMALY_POLICY, calendar: createCalendar('UTC') }

/** Office hours: 100 credits a pane, at night and at weekends 2, with a ripple. */
function usual(pane: number): number {
  const atMs = MONDAY + pane * PANE_MS
  const hour = new Date(atMs).getUTCHours()
  const weekday = new Date(atMs).getUTCDay()
  const isOffice = hour >= 8 && hour < 18 && weekday >= 1 && weekday <= 5
  return ((isOffice ? 100 : 2) + (pane % 7)) * CREDIT
}

function observed(days: number, value: (pane: number) => number) {
  const detector = createSpendDetector('5m', options)
  return Array.from({ length: days * PANES_PER_DAY }, (_, pane) =>
    detector.observe({ timestampMs: MONDAY + pane * PANE_MS, value: value(pane) }),
  )
}

describe('the seasonal score of spend', () => {
  test('is quiet over nights, mornings and weekends once it has seen a week', () => {
    const scores = observed(28, usual)
    expect(scores.slice(14 * PANES_PER_DAY).filter(({ anomaly }) => anomaly)).toEqual([])
  })

  test('finds office spend on a Sunday night, though any weekday noon spends as much', () => {
    const sundayNight = 27 * PANES_PER_DAY + 36
    const scores = observed(28, (pane) =>
      pane >= sundayNight && pane < sundayNight + 12 ? 100 * CREDIT : usual(pane),
    )
    const found = scores.flatMap(({ anomaly }, pane) => (anomaly ? [pane] : []))
    expect(found[0]).toBe(sundayNight + 1)
    // It ends three quiet panes after the surge.
    expect(found.at(-1)).toBe(sundayNight + 12 + 1)
  })

  test('one high pane alone is no anomaly', () => {
    const lonely = 20 * PANES_PER_DAY + 30
    expect(observed(21, (pane) => (pane === lonely ? 500 * CREDIT : usual(pane)))[lonely]).toMatchObject({
      anomaly: false,
    })
  })

  test('what is large for the scope but small in credits is no anomaly', () => {
    const scores = observed(21, (pane) => (pane > 20 * PANES_PER_DAY ? 19 * CREDIT : pane % 3))
    expect(scores.some(({ anomaly }) => anomaly)).toBe(false)
  })

  test('an outlier does not become the norm', () => {
    const noon = 21 * PANES_PER_DAY + 144
    const scores = observed(22, (pane) => (pane >= noon && pane < noon + 6 ? 10_000 * CREDIT : usual(pane)))
    expect(scores[noon + 6]?.expected).toBeLessThan(200 * CREDIT)
  })

  test('goes on exactly from a snapshot', () => {
    const value = fc.integer({ min: 0, max: 500 * CREDIT })
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 400 }), fc.nat(), (values, at) => {
        const cut = at % values.length
        const whole = createSpendDetector('1h', options)
        let resumed = createSpendDetector('1h', options)
        for (const [pane, each] of values.entries()) {
          if (pane === cut) resumed = createSpendDetector('1h', options, resumed.snapshot())
          const observation = { timestampMs: MONDAY + pane * SEASONAL_PANES['1h'], value: each }
          expect(resumed.observe(observation)).toEqual(whole.observe(observation))
        }
      }),
      { numRuns: 30 },
    )
  })
})

test('a snapshot of another version is not gone on from', () => {
  const taken = createSpendDetector('5m', options).snapshot()
  const odd = createSpendDetector('5m', options, [1, 7, 7, ...taken])
  const fresh = createSpendDetector('5m', options)
  const first = { timestampMs: MONDAY, value: 5 * CREDIT }
  expect(odd.observe(first)).toEqual(fresh.observe(first))
})

describe('when the clocks change', () => {
  // 25 October 2026 has 25 hours in Berlin, 29 March 23.
  test.each([
    ['back', Date.UTC(2026, 8, 6, 22), 49],
    ['forward', Date.UTC(2026, 1, 8, 23), 49],
  ])('%s, a job at five in the morning stays expected', (_, startMs, lastDay) => {
    const detector = createSpendDetector('5m', { ...options, calendar: createCalendar('Europe/Berlin') })
    const wall = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/Berlin',
      hour: 'numeric',
      hourCycle: 'h23',
    })
    const scores = Array.from({ length: lastDay * PANES_PER_DAY }, (_pane, pane) => {
      const timestampMs = startMs + pane * PANE_MS
      const value = (Number(wall.format(timestampMs)) === 5 ? 100 : 2 + (pane % 7)) * CREDIT
      return detector.observe({ timestampMs, value })
    })
    expect(scores.slice(21 * PANES_PER_DAY).filter(({ anomaly }) => anomaly)).toEqual([])
  })
})

describe('a backtest', () => {
  const series = Array.from({ length: 10 * PANES_PER_DAY }, (_, pane) => ({
    timestampMs: MONDAY + pane * PANE_MS,
    value: usual(pane) / CREDIT,
  }))

  test('has a row for every row, scored 0 while it warms up', () => {
    const rows = backtestSeries(series)
    expect(rows.map(({ timestampMs, value }) => ({ timestampMs, value }))).toEqual(series)
    expect(rows.slice(0, 430).every(({ score }) => score === 0)).toBe(true)
  })

  test('gives its highest score to what was never seen before', () => {
    const spiked = series.map((row, pane) => (pane === 2_400 ? { ...row, value: 900 } : row))
    const rows = backtestSeries(spiked)
    const highest = rows.reduce((best, row) => (row.score > best.score ? row : best))
    expect(rows.indexOf(highest)).toBe(2_400)
    expect(highest.score).toBeGreaterThan(3)
  })

  test('does without infinities on a flat line that moves', () => {
    const flat = series.map((row, pane) => ({ ...row, value: pane < 2_000 ? 5 : 6 }))
    expect(backtestSeries(flat).every(({ score }) => Number.isFinite(score))).toBe(true)
  })

  test('of nothing is nothing', () => {
    expect(backtestSeries([])).toEqual([])
  })
})

describe('novelty', () => {
  const noise = (pane: number) => 50 + ((pane * 7919) % 101) / 10
  const novelties = (value: (pane: number) => number, days = 14) => {
    const rows = Array.from({ length: days * PANES_PER_DAY }, (_, pane) => ({
      timestampMs: MONDAY + pane * PANE_MS,
      value: value(pane),
    }))
    return backtestSeries(rows).map(({ score }) => score)
  }

  test('of a nightly spike is high once', () => {
    const night = (pane: number) =>
      pane >= 8 * PANES_PER_DAY && pane % PANES_PER_DAY === 24 ? 500 : noise(pane)
    const scores = novelties(night)
    const spikes = [8, 9, 10, 11, 12, 13].map((day) => scores[day * PANES_PER_DAY + 24] ?? 0)
    expect(spikes[0]).toBeGreaterThan(20)
    expect(Math.max(...spikes.slice(4))).toBeLessThan(1.2)
  })

  test('one outlier does not hide a smaller anomaly days later', () => {
    const [outlier, later] = [8 * PANES_PER_DAY, 11 * PANES_PER_DAY]
    const scores = novelties((pane) => (pane === outlier ? 5_000 : pane === later ? 300 : noise(pane)))
    expect(scores[later]).toBeGreaterThan(2)
  })

  test('sees that values stay high, though each of them is within the ordinary', () => {
    const shift = 9 * PANES_PER_DAY
    const stays = novelties((pane) => (pane >= shift ? 59 : noise(pane)))
    const usually = novelties(noise)
    const twoHours = [shift, shift + 24] as const
    expect(Math.max(...usually.slice(...twoHours))).toBeLessThan(1)
    expect(Math.max(...stays.slice(...twoHours))).toBeGreaterThan(1.25)
  })

  test('has no memory of the unit', () => {
    const once = novelties(noise, 5)
    const scaled = novelties((pane) => 1_000 * noise(pane), 5)
    for (const [pane, score] of once.entries()) expect(scaled[pane]).toBeCloseTo(score, 6)
  })

  test('goes on exactly from a snapshot', () => {
    const make = (snapshot?: readonly number[]) =>
      createSeasonalDetector(
        {
          calendar: createCalendar('UTC'),
          paneMs: PANE_MS,
          direction: 'both',
          threshold: 6,
          resolveBelow: 3,
          minimumImpact: 0,
          absoluteFloor: Number.MIN_VALUE,
          relativeFloor: 0.02,
          k: 2,
          n: 3,
          warmUpPanes: 10,
          novelty: true,
          intermittent: false,
          maxBusyFactor: Infinity,
        },
        snapshot,
      )
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 200 }),
        fc.nat(),
        (values, at) => {
          const whole = make()
          let resumed = make()
          for (const [pane, value] of values.entries()) {
            if (pane === at % values.length)
              resumed = make(JSON.parse(JSON.stringify(resumed.snapshot())) as number[])
            const observation = { timestampMs: MONDAY + pane * PANE_MS, value }
            expect(resumed.observe(observation)).toEqual(whole.observe(observation))
          }
        },
      ),
      { numRuns: 30 },
    )
  })
})
