import type { Calendar } from '../windows/calendar.ts'
import { createCalendar } from '../windows/calendar.ts'
import { settingsOf, type OrganizationView } from './organization-view.ts'

/** A process sees one zone, or a few when it changes; tests see more. */
const MAX_CALENDARS = 16

const calendars = new Map<string, Calendar>()

/** The calendar of the reporting time zone: a function of the zone alone, kept because making one takes a millisecond. */
export function reportingCalendar(view: OrganizationView): Calendar {
  const zone = settingsOf(view)?.reporting_time_zone ?? 'UTC'
  const known = calendars.get(zone)
  if (known !== undefined) return known
  if (calendars.size >= MAX_CALENDARS) calendars.clear()
  const calendar = createCalendar(zone)
  calendars.set(zone, calendar)
  return calendar
}
