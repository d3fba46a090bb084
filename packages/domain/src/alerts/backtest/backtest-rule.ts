import { DEFAULT_ANOMALY_POLICY } from '../../scores/anomaly-policy.ts'
import { scopeKind, type ScopeId } from '../../scope/scope.ts'
import type { BudgetPolicy } from '../../spend/budget-policy.ts'
import { createCalendar } from '../../windows/calendar.ts'
import type { AlertPolicy } from '../alert-entities.ts'
import { ScopeLimits } from '../rules/limits-of-scope.ts'
import { evaluateRule } from './evaluate-rule.ts'
import type { RuleStanding } from './evaluate-rule.ts'
import { ScopeHistory } from './scope-history.ts'
import type { HistoryPane } from './spend-history.ts'
import { HISTORY_PANE_MS } from './spend-history.ts'

/** One alert as it would have been. Times are those of the ends of five-minute panes: live, it comes up to five minutes sooner. */
export interface BacktestFiring extends Omit<RuleStanding, 'standing' | 'period'> {
  readonly rule: string
  readonly scope: ScopeId
  readonly fired_ms: number
  /** `null`: it lasts to the end of the history. */
  readonly resolved_ms: number | null
}

export interface BacktestInput {
  /** The rule with its parameters, and the scopes it is about; also `budget_threshold` and `daily_forecast`, by the tiers in force. */
  readonly policy: AlertPolicy
  /** Allocations, limits and the time zone, as they are now: history has none of its own. */
  readonly budgets: BudgetPolicy
  /** In the order of time. Let it begin some weeks before what matters: rules learn. */
  readonly panes: Iterable<HistoryPane>
  /** Alerts that began before are left out: the rule was learning. */
  readonly fromMs: number
  /** Time passes until then, also without spend. */
  readonly toMs: number
}

/**
 * Runs one rule over history and says when it would have fired: the very functions that burn calls, at the end of each pane of
 * five minutes. In the order of time.
 */
export function backtestRule(input: BacktestInput): BacktestFiring[] {
  const { policy, budgets, fromMs, toMs } = input
  const calendar = createCalendar(budgets.reporting_time_zone)
  const anomalies = budgets.anomalies ?? DEFAULT_ANOMALY_POLICY
  const limits = new ScopeLimits(budgets)
  const allocations = Map.groupBy(budgets.allocations, ({ scope }) => scope)
  const scopes = new Map<ScopeId, ScopeHistory>()
  const firings = new Firings(policy.rule)
  let today = NaN

  for (const { startMs, panes } of steps(input.panes, policy.scope, toMs)) {
    const nowMs = startMs + HISTORY_PANE_MS
    for (const scope of panes.keys()) {
      if (!scopes.has(scope)) scopes.set(scope, new ScopeHistory({ policy: anomalies, calendar }))
    }
    const day = calendar.day(nowMs)
    const isNewDay = day !== today
    today = day
    for (const [scope, history] of scopes) {
      const pane = panes.get(scope)
      history.close(startMs, pane)
      const standings = evaluateRule(policy, {
        scope,
        history,
        calendar,
        nowMs,
        paneStartMs: startMs,
        paneMicro: pane?.credits_micro ?? 0,
        isActive: pane !== undefined && (pane.requests > 0 || pane.credits_micro > 0),
        isNewDay,
        allocations: allocations.get(scope) ?? [],
        limits,
        anomalies,
      })
      for (const standing of standings) firings.see(scope, standing, nowMs)
    }
  }
  return firings.all.filter(({ fired_ms }) => fired_ms >= fromMs)
}

/** Every pane from the first to `toMs`, with the spend of the scopes that the policy is about. */
function* steps(panes: Iterable<HistoryPane>, pattern: ScopeId, toMs: number) {
  let startMs = NaN
  let step = new Map<ScopeId, HistoryPane>()
  for (const pane of panes) {
    if (pane.scope !== pattern && pattern !== `${scopeKind(pane.scope)}:*`) continue
    const paneMs = Math.floor(pane.start_ms / HISTORY_PANE_MS) * HISTORY_PANE_MS
    if (paneMs >= toMs) break
    if (Number.isNaN(startMs)) startMs = paneMs
    if (paneMs < startMs) throw new RangeError('the history goes back in time')
    for (; startMs < paneMs; startMs += HISTORY_PANE_MS) {
      yield { startMs, panes: step }
      step = new Map()
    }
    step.set(pane.scope, added(step.get(pane.scope), pane))
  }
  for (; startMs < toMs; startMs += HISTORY_PANE_MS) {
    yield { startMs, panes: step }
    step = new Map()
  }
}

function added(before: HistoryPane | undefined, pane: HistoryPane): HistoryPane {
  if (before === undefined) return pane
  return {
    ...pane,
    credits_micro: before.credits_micro + pane.credits_micro,
    requests: before.requests + pane.requests,
    unrated_requests: before.unrated_requests + pane.unrated_requests,
  }
}

/** What fires and what is over, by the life cycle of alerts: once a period, or anew with each episode. */
class Firings {
  readonly all: BacktestFiring[] = []
  readonly #rule: string
  readonly #last = new Map<string, { readonly at: number; readonly period: string | null }>()

  constructor(rule: string) {
    this.#rule = rule
  }

  see(scope: ScopeId, { standing, period, ...found }: RuleStanding, nowMs: number): void {
    const key = JSON.stringify([scope, found.window, found.threshold, found.allocation_id, found.about])
    const last = this.#last.get(key)
    const current = last && this.all[last.at]
    const isFiring = current !== undefined && current.resolved_ms === null
    const isNewPeriod = last !== undefined && last.period !== period
    if (last !== undefined && isFiring && (standing === 'below' || isNewPeriod)) {
      this.all[last.at] = { ...current, resolved_ms: nowMs }
    }
    const isQuiet = last === undefined || isNewPeriod || (period === null && !isFiring)
    if (standing !== 'crossed' || !isQuiet) return
    this.#last.set(key, { at: this.all.length, period })
    this.all.push({ rule: this.#rule, scope, ...found, fired_ms: nowMs, resolved_ms: null })
  }
}
