import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { createCalendar, dayName, monthName } from './calendar.ts'

const HOUR_MS = 3_600_000
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Apia',
]

describe('the calendar of a time zone', () => {
  test('agrees with the zone on the date of any instant', () => {
    const instant = fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2030, 0) })
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), fc.array(instant, { maxLength: 5 }), (timeZone, instants) => {
        const calendar = createCalendar(timeZone)
        for (const at of instants) {
          const day = calendar.day(at)
          // Sweden writes dates as ISO 8601 does.
          expect(dayName(day)).toBe(new Date(at).toLocaleDateString('sv-SE', { timeZone }))
          expect(calendar.dayStartMs(day)).toBeLessThanOrEqual(at)
          expect(calendar.dayStartMs(day + 1)).toBeGreaterThan(at)
        }
      }),
      { numRuns: 60 },
    )
  })

  test.each([
    ['2026-03-29', 23],
    ['2026-10-25', 25],
    ['2026-11-21', 24],
  ])('in Berlin, %s has %i hours', (date, hours) => {
    const calendar = createCalendar('Europe/Berlin')
    const day = calendar.day(Date.parse(`${date}T12:00:00Z`))
    expect(dayName(day)).toBe(date)
    expect(calendar.dayStartMs(day + 1) - calendar.dayStartMs(day)).toBe(hours * HOUR_MS)
  })

  test('a month begins at its own midnight', () => {
    const calendar = createCalendar('America/New_York')
    const month = calendar.month(calendar.day(Date.parse('2026-11-01T03:59:59Z')))
    expect(monthName(month)).toBe('2026-10')
    expect(calendar.dayStartMs(calendar.monthStartDay(month + 1))).toBe(Date.parse('2026-11-01T04:00:00Z'))
  })

  test('a day that a zone left out is empty', () => {
    const calendar = createCalendar('Pacific/Apia')
    const before = calendar.day(Date.parse('2011-12-30T09:59:59Z'))
    expect(dayName(before)).toBe('2011-12-29')
    expect(calendar.day(Date.parse('2011-12-30T10:00:00Z'))).toBe(before + 2)
  })

  test('refuses a name that is no time zone', () => {
    expect(() => createCalendar('Mars/Olympus')).toThrow(RangeError)
  })
})
