import type { UsageEvent } from '@meterline/domain'

import { creditsMicro, teamOf } from '../replay/oracle.ts'
import type { Sending } from './plan.ts'
import { zoneDay } from './zone-times.ts'

export interface Standing {
  readonly original: UsageEvent
  readonly creditsMicro: bigint
  readonly requests: number
}

/** What stands for each request, by what was sent alone: the first of each id counts, and of its corrections the last. */
export function standingOf(sent: readonly Sending[]): readonly Standing[] {
  const seen = new Set<string>()
  const standing = new Map<string, Standing>()
  for (const { event } of sent) {
    if (seen.has(event.request_id)) continue
    seen.add(event.request_id)
    const target = event.corrects ?? event.request_id
    const original = standing.get(target)?.original ?? event
    const isVoid = event.corrects !== null && Object.keys(event.units).length === 0
    standing.set(target, {
      original,
      creditsMicro: creditsMicro({ ...original, units: event.units }),
      requests: isVoid ? 0 : 1,
    })
  }
  return [...standing.values()]
}

/** `day|team|model` to `micro-credits in requests`; of a group in which nothing stands, zeros. */
export function byDayTeamAndModel(standing: readonly Standing[], timeZone: string): Map<string, string> {
  return sums(standing, ({ original }) =>
    [zoneDay(original.timestamp, timeZone), teamOf(original), original.model_name].join('|'),
  )
}

/** `month|model`, the month as its first day. */
export function byMonthAndModel(standing: readonly Standing[], timeZone: string): Map<string, string> {
  return sums(standing, ({ original }) =>
    [`${zoneDay(original.timestamp, timeZone).slice(0, 8)}01`, original.model_name].join('|'),
  )
}

/** `endpoint` to `errors in requests`. */
export function errorsByEndpoint(standing: readonly Standing[]): Map<string, string> {
  const groups = Map.groupBy(standing, ({ original }) => original.endpoint ?? '')
  return ordered(
    [...groups].map(([endpoint, group]) => {
      const requests = group.reduce((sum, each) => sum + each.requests, 0)
      const failed = group.filter(({ original }) => original.error_code !== null)
      return [endpoint, `${failed.reduce((sum, each) => sum + each.requests, 0)} in ${requests}`] as const
    }),
  )
}

export function ordered(entries: Iterable<readonly [string, string]>): Map<string, string> {
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function sums(standing: readonly Standing[], keyOf: (each: Standing) => string): Map<string, string> {
  return ordered(
    [...Map.groupBy(standing, keyOf)].map(([key, group]) => {
      const credits = group.reduce((sum, each) => sum + each.creditsMicro, 0n)
      return [key, `${credits} in ${group.reduce((sum, { requests }) => sum + requests, 0)}`] as const
    }),
  )
}
