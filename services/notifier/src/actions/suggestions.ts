import type { Clickhouse } from '@meterline/clickhouse'
import { rateBookOf, suggestModels } from '@meterline/domain'
import type { ModelSuggestion, OrganizationView, ScopeId } from '@meterline/domain'

import { ActionError } from './action-error.ts'
import { readModelMix } from './model-mix.ts'

/** What would have cost less for the same units, from what was really called. `undefined` where no figures can be had. */
export type Suggestions = (scope: ScopeId) => Promise<readonly ModelSuggestion[] | undefined>

export function suggestionsFrom(
  clickhouse: Clickhouse | undefined,
  of: { readonly view: OrganizationView; readonly nowMs: () => number },
): Suggestions {
  const { view, nowMs } = of
  if (clickhouse === undefined) return async () => undefined
  return async (scope) => {
    const atMs = nowMs()
    try {
      const mix = await readModelMix(clickhouse, { view, scope, nowMs: atMs })
      const isAllowed = allowedBy(view, scope)
      return suggestModels(mix, { rates: rateBookOf(view), atMs, isAllowed })
    } catch (cause) {
      throw new ActionError('clickhouse', 'the usage cannot be read now', { retryable: true, cause })
    }
  }
}

/** The allocation's own list; model policies are finer than a scope, and are the gateway's to hold. */
function allowedBy(view: OrganizationView, scope: ScopeId): (model: string) => boolean {
  const id = scope.startsWith('allocation:') ? scope.slice('allocation:'.length) : undefined
  const approved = id === undefined ? [] : (view.entities.allocation.get(id)?.approved_models ?? [])
  if (approved.length === 0) return () => true
  return (model) =>
    approved.some((name) => name === model || (name.endsWith('*') && model.startsWith(name.slice(0, -1))))
}
