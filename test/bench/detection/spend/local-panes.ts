export const TIME_ZONE = 'Europe/Berlin'
export const PANE_MS = 300_000
export const PANES_PER_DAY = 288
export const DAYS = 84
const DAY_MS = 86_400_000
/** Monday, 31 August 2026, 00:00 in Berlin: twelve weeks hold two month ends and the end of summer time on 25 October. */
const START_MS = Date.UTC(2026, 7, 30, 22)

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

export interface LocalPane {
  readonly startMs: number
  /** What the clock on the wall shows. */
  readonly hour: number
  /** Monday is 0. */
  readonly weekday: number
  readonly isLastDayOfMonth: boolean
}

/** All panes of the span, with their local time: asked of the time zone itself, not of the code under test. */
export const LOCAL_PANES: readonly LocalPane[] = localPanes()

function localPanes(): LocalPane[] {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: TIME_ZONE,
    weekday: 'short',
    day: 'numeric',
    hour: 'numeric',
    hourCycle: 'h23',
  })
  const local = (timestampMs: number) =>
    Object.fromEntries(format.formatToParts(timestampMs).map(({ type, value }) => [type, value]))
  return Array.from({ length: DAYS * PANES_PER_DAY }, (_, pane) => {
    const startMs = START_MS + pane * PANE_MS
    const { hour, weekday } = local(startMs)
    return {
      startMs,
      hour: Number(hour),
      weekday: WEEKDAYS.indexOf(weekday ?? ''),
      isLastDayOfMonth: local(startMs + DAY_MS)['day'] === '1',
    }
  })
}
