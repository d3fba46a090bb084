import { dailyZ, HOUR_MS, isNews, MINUTE_MS } from '@meterline/domain'

import type { BurnState } from '../state/burn-state.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'
import type { Standing } from './budget-findings.ts'
import { budgetFindings, tiersOf } from './budget-findings.ts'
import { dailyFinding } from './daily-finding.ts'
import { memoryName } from './memory-name.ts'

/** While today's spend of a scope is within it, and the clock before its end, no rule that looks at each delta has anything to say. */
export interface QuietRange {
  readonly fromMicro: number
  readonly toMicro: number
  /** Never after the end of the day. */
  readonly untilMs: number
}

/**
 * How far a scope may surely spend until a rule speaks: found by asking the rules themselves, so that a delta within costs two
 * comparisons.
 *
 * Exact because of what the rules are: the more is spent, the higher each of them stands (`unknown` holds for the day, `below` <
 * `between` < `crossed`). So a rule that is silent at two sums is silent at all sums between them. A month held against the same
 * span of the last one also falls as time passes, for a span that grows: silent at both ends of the time, silent in between.
 *
 * `undefined`: each delta has to be looked at. It ends with the day, another policy, a change of earlier days, and with each alert
 * of the scope.
 */
export function quietRange(burn: BurnState, scope: ScopeBurn): QuietRange | undefined {
  const { calendar, clockMs } = burn
  // Limits are looked at with each delta: they have periods, boosts and ends of their own.
  if (burn.rulesOf(scope).limitReached !== undefined) return undefined
  const today = calendar.day(clockMs)
  if (isSilentToday(burn, scope)) return burn.anySpendToday()
  const dayMicro = scope.days.creditsMicro(today)
  const dayEndMs = calendar.dayStartMs(today + 1)
  const allocations = burn.allocationsOf(scope.scope)
  const tiers = allocations.flatMap(tiersOf)
  if (tiers.some(({ threshold }) => threshold <= 0)) return undefined
  const rises = tiers.some(({ basis }) => basis === 'month_over_month')
  const span = rises ? risingSpan(burn, scope, dayMicro) : ANY_TIME
  if (span === undefined) return undefined
  const ends = span.isTimed ? [clockMs + HOUR_MS, clockMs + MINUTE_MS] : [dayEndMs]
  for (const end of ends) {
    const untilMs = Math.min(end, dayEndMs)
    const speaks = (micro: number): boolean =>
      speaksAt(burn, scope, { dayMicro: micro, atMs: clockMs }) ||
      (span.isTimed && speaksAt(burn, scope, { dayMicro: micro, atMs: untilMs }))
    if (speaks(dayMicro)) continue
    return {
      fromMicro: lastSilent(dayMicro, span.leastMicro, speaks),
      toMicro: lastSilent(dayMicro, Number.MAX_SAFE_INTEGER, speaks),
      untilMs,
    }
  }
  return undefined
}

/** Whether no rule has anything to hold today's spend against, whatever it is: then the range is found by a look or two. */
export function isSilentToday(burn: BurnState, scope: ScopeBurn): boolean {
  const { daily, limitReached } = burn.rulesOf(scope)
  if (limitReached !== undefined || burn.allocationsOf(scope.scope).length > 0) return false
  if (daily === undefined || !burn.isWatched(scope)) return true
  return dailyZ(0, scope.dailyBaseline(burn.calendar.day(burn.clockMs))).z === null
}

const ANY_TIME = { isTimed: false, leastMicro: -Number.MAX_SAFE_INTEGER }

/** Whether the span of the last month grows with the clock, and the least spend of today for which more of it is a lower standing. */
function risingSpan(burn: BurnState, scope: ScopeBurn, dayMicro: number): typeof ANY_TIME | undefined {
  const { lastMonthBeforeMicro, lastMonthSameDayMicro, monthBeforeTodayMicro } = scope.periodBaseline(
    burn.calendar,
    burn.clockMs,
  )
  if (lastMonthBeforeMicro === null || lastMonthSameDayMicro === 0) return ANY_TIME
  const isGrowing = lastMonthBeforeMicro > 0 && lastMonthSameDayMicro > 0
  const leastMicro = -monthBeforeTodayMicro
  return isGrowing && dayMicro >= leastMicro ? { isTimed: true, leastMicro } : undefined
}

function speaksAt(burn: BurnState, scope: ScopeBurn, at: Standing): boolean {
  const { daily } = burn.rulesOf(scope)
  const findings = burn
    .allocationsOf(scope.scope)
    .flatMap((allocation) => budgetFindings(burn, scope, allocation, at))
  if (daily !== undefined && burn.isWatched(scope)) {
    findings.push(dailyFinding(burn, scope, daily, at.dayMicro))
  }
  return findings.some((finding) => isNews(scope.alerts.get(memoryName(finding)), finding))
}

/** The first step away from what is silent: a credit. Each further one is eight times as far. */
const FIRST_STEP_MICRO = 1_000_000
const STEP_GROWTH = 8
/** What is silent may end this part of its width too early: it costs another look at the rules, and spares many here. */
const SPARED_PART = 8

/** A sum at which nothing speaks, nearly the farthest from `silent` there is, and not beyond `end`. */
function lastSilent(silent: number, end: number, speaks: (micro: number) => boolean): number {
  const away = end > silent ? 1 : -1
  let known = silent
  let bound = end
  for (let step = FIRST_STEP_MICRO; ; step *= STEP_GROWTH) {
    const next = silent + away * step
    if (away * (end - next) <= 0) {
      if (!speaks(end)) return end
      break
    }
    if (speaks(next)) {
      bound = next
      break
    }
    known = next
  }
  while (Math.abs(bound - known) > Math.max(1, Math.abs(known - silent) / SPARED_PART)) {
    // Half of each: the distance of the two may be beyond the safe integers.
    const middle = Math.trunc(known / 2) + Math.trunc(bound / 2) + Math.trunc(((known % 2) + (bound % 2)) / 2)
    if (middle === known || middle === bound) break
    if (speaks(middle)) bound = middle
    else known = middle
  }
  return known
}
