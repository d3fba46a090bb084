import type { ScopeId } from '../scope/scope.ts'
import type { SpendState } from '../spend/spend-state.ts'
import type { Calendar } from '../windows/calendar.ts'
import type { Month } from './month.ts'
import { monthAt } from './month.ts'

/** What burn says that a scope has spent by month. A month that is missing is not known; burn keeps this one and the last. */
export interface ScopeSpend {
  readonly as_of_ms: number
  readonly months: ReadonlyMap<Month, number>
}

/** By scope. A scope that is missing has never spent anything. */
export type SpendTotals = ReadonlyMap<ScopeId, ScopeSpend>

const FORTNIGHT_MS = 14 * 86_400_000

/** Months that are remembered of a scope when burn no longer says them. */
const MAX_MONTHS = 6

/**
 * Takes a newer state of a scope into the totals. What earlier states said of months that this one no longer speaks of stays: burn
 * has stopped to count there, so that was its last word.
 */
export function foldSpendState(
  totals: Map<ScopeId, ScopeSpend>,
  state: SpendState,
  calendar: Calendar,
): void {
  const months = new Map(totals.get(state.scope)?.months)
  for (const [month, micro] of Object.entries(state.closed_months_micro)) months.set(month as Month, micro)
  // Two weeks on it is the same month in every time zone, also where the zone has just been changed.
  months.set(monthAt(calendar, state.month_start + FORTNIGHT_MS), state.month_credits_micro)
  const newest = [...months].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, MAX_MONTHS)
  totals.set(state.scope, { as_of_ms: state.as_of, months: new Map(newest) })
}

export function monthSpendMicro(totals: SpendTotals, scope: ScopeId, month: Month): number | undefined {
  return totals.get(scope)?.months.get(month)
}
