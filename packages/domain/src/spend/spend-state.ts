import type { ScopeId } from '../scope/scope.ts'

export const WINDOWS = ['1m', '5m', '15m', '30m', '1h', '6h', '24h', '3d', '7d', '30d'] as const
export type WindowName = (typeof WINDOWS)[number]

export type BudgetStateName = 'none' | 'ok' | 'info' | 'warning' | 'critical' | 'hard_cap'

/** What a scope stands at; the last value per scope on `spend.state` holds. Times in milliseconds since the epoch. */
export interface SpendState {
  readonly scope: ScopeId
  readonly as_of: number
  readonly windows: Readonly<Record<WindowName, number>>
  readonly day_start: number
  readonly day_credits_micro: number
  readonly month_start: number
  readonly month_credits_micro: number
  readonly requests_24h: number
  readonly allocation_id: string | null
  readonly limit_micro: number | null
  readonly budget_state: BudgetStateName
  readonly z_daily: number | null
  readonly z_daily_state: '' | 'too_little_history' | 'zero_deviation'
  readonly score_seasonal: number | null
  readonly version: number
  /**
   * Months before this one that are still kept from their first day on, by name (`2026-10`): the last one, and early in a month the
   * one before. A month that is no longer here does not change any more.
   */
  readonly closed_months_micro: Readonly<Record<string, number>>
}
