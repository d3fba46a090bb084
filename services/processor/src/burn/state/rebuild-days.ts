import type { Calendar } from '@meterline/domain'
import { HOUR_MS } from '@meterline/domain'

import type { ScopeBurn } from './scope-burn.ts'

/** Days of another time zone, from the hours that are kept (30 days); earlier days stay what they were. */
export function rebuildDays(scope: ScopeBurn, calendar: Calendar): void {
  const totals = new Map<number, { credits: number; requests: number }>()
  let oldestMs = Infinity
  scope.windows.hours.forEachBetween(-Infinity, Infinity, (hour, credits, requests) => {
    oldestMs = Math.min(oldestMs, hour * HOUR_MS)
    const day = calendar.day(hour * HOUR_MS)
    const total = totals.get(day)
    totals.set(day, { credits: (total?.credits ?? 0) + credits, requests: (total?.requests ?? 0) + requests })
  })
  if (totals.size === 0) return
  const oldest = calendar.day(oldestMs)
  for (const day of scope.days.indexes())
    if (day > oldest && !totals.has(day)) totals.set(day, { credits: 0, requests: 0 })
  for (const [day, { credits, requests }] of [...totals].sort(([a], [b]) => a - b)) {
    // The oldest day may be cut by the retention of the hours.
    if (day === oldest && scope.days.has(day)) continue
    scope.days.set(day, credits, requests)
    scope.marks.mark('day', day)
  }
  scope.forgetBaselines()
}
