import { MINUTE_MS } from '@meterline/domain'

import type { MinuteChange } from '../wire/encode-minute.ts'
import type { BurnState } from './burn-state.ts'
import type { ScopeBurn } from './scope-burn.ts'

const SECONDS_PER_MINUTE = 60
const MINUTES_PER_HOUR = 60

/**
 * A minute as it stands now; `undefined`: it is no longer kept. The hour and the day stand in their newest minute; they get records
 * of their own when their minutes go. `seconds` is filled anew: one array serves all calls.
 */
export function readMinute(
  scope: ScopeBurn,
  minute: number,
  { calendar, seconds }: Pick<BurnState, 'calendar'> & { readonly seconds: number[] },
): MinuteChange | undefined {
  const { windows, days } = scope
  if (!windows.minutes.has(minute)) return undefined
  const hour = Math.floor(minute / MINUTES_PER_HOUR)
  const day = calendar.day(minute * MINUTE_MS)
  const first = minute * SECONDS_PER_MINUTE
  seconds.length = 0
  windows.seconds.appendBetween(first, first + SECONDS_PER_MINUTE, seconds)
  return {
    scope: scope.scope,
    pane: minute,
    credits_micro: windows.minutes.valueAt(minute),
    requests: windows.minutes.requestsAt(minute),
    seconds,
    hour: {
      pane: hour,
      credits_micro: windows.hours.valueAt(hour),
      requests: windows.hours.requestsAt(hour),
    },
    day: { pane: day, credits_micro: days.creditsMicro(day), requests: days.requests(day) },
  }
}
