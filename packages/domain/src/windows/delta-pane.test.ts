import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { createCalendar } from './calendar.ts'
import { deltaPaneStart } from './delta-pane.ts'

const NOW_MS = Date.UTC(2026, 10, 21, 12)
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

test.each([
  ['at once', 0, 1_000],
  ['from a clock that is ahead', -4 * MINUTE_MS, 1_000],
  ['fifteen minutes late, still inside a window of seconds', 15 * MINUTE_MS, 1_000],
  ['an hour late', HOUR_MS, MINUTE_MS],
  ['a day late, still inside a window of minutes', 24 * HOUR_MS, MINUTE_MS],
  ['a week late', 7 * 24 * HOUR_MS, 15 * MINUTE_MS],
])('an event that comes %s', (_, ageMs, paneMs) => {
  const eventMs = NOW_MS - ageMs - 7
  expect(deltaPaneStart(eventMs, NOW_MS)).toBe(Math.floor(eventMs / paneMs) * paneMs)
})

test('a pane lies in one day and one hour, in zones of half and quarter hours too', () => {
  const zones = [
    'UTC',
    'America/St_Johns',
    'Asia/Kathmandu',
    'Pacific/Chatham',
    'Australia/Lord_Howe',
    'America/New_York',
  ]
  const calendars = zones.map((zone) => createCalendar(zone))
  const fiveYearsMs = 5 * 365 * 24 * HOUR_MS
  fc.assert(
    fc.property(fc.integer({ min: 0, max: fiveYearsMs }), (ageMs) => {
      const eventMs = NOW_MS - ageMs
      const startMs = deltaPaneStart(eventMs, NOW_MS)
      expect(Math.floor(startMs / HOUR_MS)).toBe(Math.floor(eventMs / HOUR_MS))
      for (const calendar of calendars) expect(calendar.day(startMs)).toBe(calendar.day(eventMs))
    }),
  )
})
