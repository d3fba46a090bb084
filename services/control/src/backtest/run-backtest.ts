import { backtestRule, budgetPolicyOf, may, scopeKind } from '@meterline/domain'
import type { AlertPolicy, BacktestFiring, Principal, ScopeId } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { readHistory } from '../clickhouse/read-history.ts'
import type { Control } from '../control.ts'
import { forbidden } from '../routing/add-routes.ts'
import type { TriedSpan } from './tried-span.ts'

/** One after the other: each takes up to half a second in which nobody else is answered. */
const MAX_SCOPES = 100

export interface Backtest {
  readonly policy: AlertPolicy
  readonly span: TriedSpan
  readonly principal: Principal
}

/** When the policy would have fired for the scopes that the principal may see, in the order of time. */
export async function runBacktest(control: Control, backtest: Backtest): Promise<readonly BacktestFiring[]> {
  const { policy, span, principal } = backtest
  const { view } = control.log
  const maySeeScope = (scope: ScopeId): boolean => may(view, principal, { permission: 'alerts.read', scope })
  const isKind = policy.scope === `${scopeKind(policy.scope)}:*`
  if (!isKind && !maySeeScope(policy.scope)) throw forbidden('alerts.read')

  const budgets = budgetPolicyOf(view)
  const { organization } = budgets
  const history = await readHistory(control.clickhouse, {
    organization,
    scope: policy.scope,
    fromMs: span.learnFromMs,
    toMs: span.toMs,
  })
  const scopes = [...Map.groupBy(history, ({ scope }) => scope)].filter(([scope]) => maySeeScope(scope))
  if (scopes.length > MAX_SCOPES) {
    const message = `scope means ${scopes.length} scopes with usage, at most ${MAX_SCOPES} are tried at once: name one`
    throw new ApiError(422, 'too_much_history', message, { field: 'scope' })
  }
  const found: BacktestFiring[] = []
  for (const [scope, panes] of scopes) {
    found.push(...backtestRule({ policy: { ...policy, scope }, budgets, panes, ...span }))
    await nextTurn()
  }
  return found.sort((a, b) => a.fired_ms - b.fired_ms)
}
