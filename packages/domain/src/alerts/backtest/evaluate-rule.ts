import { checkMonthOverMonth, checkTier } from '../../budgets/check-tier.ts'
import { DEFAULT_TIERS } from '../../budgets/default-tiers.ts'
import { monthLimitMicro } from '../../budgets/month-limit.ts'
import { periodBaseline, periodSpend } from '../../budgets/period-spend.ts'
import type { AnomalyPolicy } from '../../scores/anomaly-policy.ts'
import { BASELINE_DAYS, dailyBaseline, dailyZ } from '../../scores/daily-z.ts'
import { weeklyRise } from '../../scores/weekly-rise.ts'
import type { ScopeId } from '../../scope/scope.ts'
import type { BudgetedAllocation } from '../../spend/budget-policy.ts'
import { dayName, monthName, type Calendar } from '../../windows/calendar.ts'
import type { AlertPolicy } from '../alert-entities.ts'
import type { Finding } from '../alert-lifecycle.ts'
import { numberParam } from '../rules/alert-policies.ts'
import { burnRate } from '../rules/burn-rate.ts'
import { limitReached } from '../rules/limit-reached.ts'
import type { ScopeLimits } from '../rules/limits-of-scope.ts'
import { regularMicro } from '../rules/regular-spend.ts'
import { windowMs } from '../rules/window-ms.ts'
import type { ScopeHistory } from './scope-history.ts'

/** One scope at the end of a pane. */
export interface RuleMoment {
  readonly scope: ScopeId
  readonly history: ScopeHistory
  readonly calendar: Calendar
  readonly nowMs: number
  readonly paneStartMs: number
  readonly paneMicro: number
  readonly isActive: boolean
  readonly isNewDay: boolean
  readonly allocations: readonly BudgetedAllocation[]
  readonly limits: ScopeLimits
  readonly anomalies: AnomalyPolicy
}

/** How a rule stands, and what tells this standing from others of the same scope. */
export interface RuleStanding {
  readonly standing: Finding['standing']
  readonly window: string
  readonly threshold: number
  readonly observed: number
  readonly basisMicro: number | null
  readonly allocation_id: string | null
  readonly about: string | null
  /** It speaks once in it; `null` for what begins and ends by itself. */
  readonly period: string | null
}

/** The rule as burn looks at it, at one moment of a scope. Rules that no history says anything about find nothing. */
export function evaluateRule(policy: AlertPolicy, at: RuleMoment): RuleStanding[] {
  switch (policy.rule) {
    case 'budget_threshold':
    case 'daily_forecast':
      return ofTiers(policy.rule, at)
    case 'month_over_month':
      return ofMonths(policy, at)
    case 'burn_rate':
      return ofBurnRate(policy, at)
    case 'limit_reached':
      return ofLimits(policy, at)
    case 'unrated_usage':
      return ofUnrated(policy, at)
    case 'anomaly_daily':
      return ofDays(policy, at)
    case 'anomaly_weekly':
      return ofWeeks(policy, at)
    case 'anomaly_seasonal':
    case 'silence':
      return ofPanes(policy, at)
    default:
      return []
  }
}

const PLAIN = { basisMicro: null, allocation_id: null, about: null, period: null } as const

function spendOf({ history, calendar, nowMs }: RuleMoment) {
  const atMs = nowMs - 1
  const baseline = periodBaseline(history.days, calendar, atMs)
  return periodSpend(baseline, history.days.creditsMicro(baseline.today), atMs)
}

function ofTiers(rule: string, at: RuleMoment): RuleStanding[] {
  const spend = spendOf(at)
  return at.allocations.flatMap((allocation) =>
    (allocation.tiers.length === 0 ? DEFAULT_TIERS : allocation.tiers)
      .map((tier) => ({ tier, found: checkTier(tier, allocation, spend) }))
      .filter(({ found }) => found.rule === rule)
      .map(({ tier, found }) => ({
        ...PLAIN,
        ...found,
        threshold: tier.threshold,
        allocation_id: allocation.id,
      })),
  )
}

function ofMonths(policy: AlertPolicy, at: RuleMoment): RuleStanding[] {
  const threshold = numberParam(policy, 'rise')
  const found = checkMonthOverMonth({ ...policy, threshold }, spendOf(at))
  return [{ ...PLAIN, ...found, threshold }]
}

function ofBurnRate(policy: AlertPolicy, at: RuleMoment): RuleStanding[] {
  const { history, calendar, nowMs } = at
  const today = calendar.day(nowMs - 1)
  const month = calendar.month(today)
  const startDay = calendar.monthStartDay(month)
  return at.allocations.map((allocation) => {
    const found = burnRate(policy, {
      windows: history.windows.totals(),
      limitMicro: monthLimitMicro(allocation, month),
      monthMicro: history.days.between(startDay, today + 1),
      monthStartMs: calendar.dayStartMs(startDay),
      monthEndMs: calendar.dayStartMs(calendar.monthStartDay(month + 1)),
      nowMs,
      regularMicro: (window) => regularMicro(history.windows, nowMs, windowMs(window)),
    })
    return {
      standing: found.standing,
      window: found.long,
      threshold: found.factor,
      observed: found.rate,
      basisMicro: found.evenMicro,
      allocation_id: allocation.id,
      about: null,
      period: found.isOncePerPeriod ? monthName(month) : null,
    }
  })
}

function ofLimits(policy: AlertPolicy, at: RuleMoment): RuleStanding[] {
  const { today, dayMicro, month, monthMicro } = spendOf(at)
  return at.limits.of(at.scope, at.nowMs).flatMap((limit) => {
    const isDay = limit.period === 'day'
    const found = limitReached(policy, limit, isDay ? dayMicro : monthMicro)
    if (found === undefined) return []
    const period = isDay ? dayName(today) : monthName(month)
    const about = `limit:${limit.id}`
    return [
      { ...found, window: limit.period, basisMicro: found.capMicro, allocation_id: null, about, period },
    ]
  })
}

function ofUnrated(policy: AlertPolicy, { history, calendar, nowMs }: RuleMoment): RuleStanding[] {
  const { unrated } = history
  if (unrated.requests === 0) return []
  const standing = unrated.standing(policy, nowMs)
  const observed = unrated.requests
  if (standing === 'below') unrated.reset(calendar.day(nowMs))
  return [{ ...PLAIN, standing, window: 'day', threshold: numberParam(policy, 'minimum_requests'), observed }]
}

function ofDays(policy: AlertPolicy, { history, calendar, nowMs, anomalies }: RuleMoment): RuleStanding[] {
  const today = calendar.day(nowMs - 1)
  const baseline = dailyBaseline(history.days.history(today, BASELINE_DAYS))
  const threshold = numberParam(policy, 'threshold')
  const micro = history.days.creditsMicro(today)
  const unexplainedMicro = micro / history.monthFactor(nowMs - 1)
  const { z } = dailyZ(micro, baseline)
  const isHigh = z !== null && z > threshold && (dailyZ(unexplainedMicro, baseline).z ?? 0) > threshold
  const { resolve_below, minimum_impact_micro } = anomalies.daily_z
  const smallest = Math.max(minimum_impact_micro, policy.minimum_credits_micro)
  const isLarge = unexplainedMicro - baseline.mean >= smallest
  return [
    {
      ...PLAIN,
      standing:
        z === null ? 'unknown' : isHigh && isLarge ? 'crossed' : z <= resolve_below ? 'below' : 'between',
      window: 'day',
      threshold,
      observed: z ?? 0,
      basisMicro: Math.round(baseline.mean),
      period: dayName(today),
    },
  ]
}

function ofWeeks(policy: AlertPolicy, at: RuleMoment): RuleStanding[] {
  const { history, calendar, nowMs, anomalies, isNewDay } = at
  const rise = isNewDay ? weeklyRise(history.days, calendar.day(nowMs)) : undefined
  if (rise === undefined) return []
  const threshold = numberParam(policy, 'rise')
  const isLarge = rise.weekMicro - rise.usualMicro >= policy.minimum_credits_micro
  const isHigh = isLarge && rise.rise >= threshold && rise.z >= anomalies.weekly.z
  const standing = isHigh ? 'crossed' : rise.rise < anomalies.weekly.resolve_below ? 'below' : 'between'
  const basisMicro = Math.round(rise.usualMicro)
  return [{ ...PLAIN, standing, window: '7d', threshold, observed: rise.rise, basisMicro }]
}

function ofPanes(policy: AlertPolicy, at: RuleMoment): RuleStanding[] {
  const { history, paneStartMs, paneMicro, isActive, anomalies } = at
  const scores = history.scores(paneStartMs, paneMicro)
  if (policy.rule === 'anomaly_seasonal') {
    return scores.map(({ pane, score }) => ({
      ...PLAIN,
      standing: score.anomaly ? 'crossed' : 'below',
      window: pane,
      threshold: anomalies.seasonal.threshold,
      observed: score.score,
      basisMicro: Math.round(score.expected),
    }))
  }
  const [first] = scores
  if (first === undefined) return []
  const found = history.silence.observe(
    { startMs: paneStartMs, isActive, panesPerHour: 12 },
    first.score.ownHour,
    {
      minimumPanes: Math.ceil(numberParam(policy, 'minimum_minutes') / 5),
      evidence: numberParam(policy, 'evidence'),
      timesLongest: numberParam(policy, 'times_longest'),
      minimumImpactMicro: policy.minimum_credits_micro,
    },
  )
  return [
    {
      ...PLAIN,
      standing: found.silent ? 'crossed' : 'below',
      window: '5m',
      threshold: numberParam(policy, 'evidence'),
      observed: found.evidence,
      basisMicro: found.missedMicro,
    },
  ]
}
