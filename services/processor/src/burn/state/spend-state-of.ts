import type { Allocation, BudgetStateName, Calendar, SpendState } from '@meterline/domain'
import { DAY_RETENTION, dailyZ, monthLimitMicro, monthName } from '@meterline/domain'

import type { BurnState } from './burn-state.ts'
import type { ScopeBurn } from './scope-burn.ts'

const RANK: readonly BudgetStateName[] = ['none', 'ok', 'info', 'warning', 'critical', 'hard_cap']

/** What the scope stands at as of stream time. `version` is the input offset up to which it speaks, so it never goes back. */
export function spendStateOf(scope: ScopeBurn, state: BurnState, version: number): SpendState {
  const { calendar, clockMs } = state
  scope.advance(clockMs, calendar)
  const today = calendar.day(clockMs)
  const monthStartDay = calendar.monthStartDay(calendar.month(today))
  const score = dailyZ(scope.days.creditsMicro(today), scope.dailyBaseline(today))
  const allocation = state.allocationsOf(scope.scope)[0]
  return {
    scope: scope.scope,
    as_of: clockMs,
    windows: scope.windows.totals(),
    day_start: calendar.dayStartMs(today),
    day_credits_micro: scope.days.creditsMicro(today),
    month_start: calendar.dayStartMs(monthStartDay),
    month_credits_micro: scope.days.between(monthStartDay, today + 1),
    requests_24h: scope.windows.requests24h,
    allocation_id: allocation?.id ?? null,
    limit_micro: allocation === undefined ? null : monthLimitMicro(allocation, calendar.month(today)),
    budget_state: budgetState(scope, allocation),
    z_daily: score.z,
    z_daily_state: score.state,
    score_seasonal: scope.seasonalScore,
    version,
    closed_months_micro: closedMonths(scope, calendar, today),
  }
}

/** A month of which the first days are no longer kept would seem to have shrunk: it is left out. */
function closedMonths(
  scope: ScopeBurn,
  calendar: Calendar,
  today: number,
): SpendState['closed_months_micro'] {
  const totals: Record<string, number> = {}
  for (let month = calendar.month(today) - 1; ; month--) {
    const start = calendar.monthStartDay(month)
    if (start <= today - DAY_RETENTION) return totals
    totals[monthName(month)] = scope.days.between(start, calendar.monthStartDay(month + 1))
  }
}

/** The gravest tier of a budget that is firing; anomalies and rates are no state of a budget. */
function budgetState(scope: ScopeBurn, allocation: Allocation | undefined): BudgetStateName {
  let gravest: BudgetStateName = allocation === undefined ? 'none' : 'ok'
  for (const { alert } of scope.alerts.values()) {
    if (alert.state !== 'firing' || alert.allocation_id === null || alert.rule === 'burn_rate') continue
    if (RANK.indexOf(alert.severity) > RANK.indexOf(gravest)) gravest = alert.severity
  }
  return gravest
}
