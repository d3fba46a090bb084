import type { Allocation, BudgetStateName, SpendState } from '@meterline/domain'
import { DAY_RETENTION, dailyZ, monthLimitMicro, monthName } from '@meterline/domain'

import type { BurnState } from './burn-state.ts'
import type { ScopeBurn } from './scope-burn.ts'

const RANK: readonly BudgetStateName[] = ['none', 'ok', 'info', 'warning', 'critical', 'hard_cap']

/** What the states of all scopes have in common as of one moment of stream time: a day and months of the calendar. */
export interface StateMoment {
  readonly atMs: number
  readonly today: number
  readonly dayStartMs: number
  readonly month: number
  readonly monthStartDay: number
  readonly monthStartMs: number
  readonly closedMonths: readonly {
    readonly name: string
    readonly fromDay: number
    readonly toDay: number
  }[]
  /** The input offset up to which the states speak, so it never goes back. */
  readonly version: number
}

export function stateMoment({ calendar, clockMs }: BurnState, version: number): StateMoment {
  const today = calendar.day(clockMs)
  const month = calendar.month(today)
  const monthStartDay = calendar.monthStartDay(month)
  const closedMonths: StateMoment['closedMonths'][number][] = []
  // A month of which the first days are no longer kept would seem to have shrunk: it is left out.
  for (let closed = month - 1; ; closed--) {
    const fromDay = calendar.monthStartDay(closed)
    if (fromDay <= today - DAY_RETENTION) break
    closedMonths.push({ name: monthName(closed), fromDay, toDay: calendar.monthStartDay(closed + 1) })
  }
  return {
    atMs: clockMs,
    today,
    dayStartMs: calendar.dayStartMs(today),
    month,
    monthStartDay,
    monthStartMs: calendar.dayStartMs(monthStartDay),
    closedMonths,
    version,
  }
}

/** What the scope stands at. */
export function spendStateOf(scope: ScopeBurn, state: BurnState, moment: StateMoment): SpendState {
  scope.advance(moment.atMs, state.calendar)
  const { today, monthStartDay } = moment
  const { days, windows } = scope
  const dayMicro = days.creditsMicro(today)
  const score = dailyZ(dayMicro, scope.dailyBaseline(today))
  const allocation = state.allocationsOf(scope.scope)[0]
  return {
    scope: scope.scope,
    as_of: moment.atMs,
    windows: windows.totals(),
    day_start: moment.dayStartMs,
    day_credits_micro: dayMicro,
    month_start: moment.monthStartMs,
    month_credits_micro: days.between(monthStartDay, today + 1),
    requests_24h: windows.requests24h,
    allocation_id: allocation?.id ?? null,
    limit_micro: allocation === undefined ? null : monthLimitMicro(allocation, moment.month),
    budget_state: budgetState(scope, allocation),
    z_daily: score.z,
    z_daily_state: score.state,
    score_seasonal: scope.seasonalScore,
    version: moment.version,
    closed_months_micro: closedMonths(scope, moment),
  }
}

function closedMonths({ days }: ScopeBurn, moment: StateMoment): SpendState['closed_months_micro'] {
  const totals: Record<string, number> = {}
  for (const { name, fromDay, toDay } of moment.closedMonths) totals[name] = days.between(fromDay, toDay)
  return totals
}

/** The gravest tier of a budget that is firing; anomalies and rates are no state of a budget. */
function budgetState({ alerts }: ScopeBurn, allocation: Allocation | undefined): BudgetStateName {
  let gravest: BudgetStateName = allocation === undefined ? 'none' : 'ok'
  if (alerts.size === 0) return gravest
  for (const { alert } of alerts.values()) {
    if (alert.state !== 'firing' || alert.allocation_id === null || alert.rule === 'burn_rate') continue
    if (RANK.indexOf(alert.severity) > RANK.indexOf(gravest)) gravest = alert.severity
  }
  return gravest
}
