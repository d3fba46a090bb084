import type { ScopeKind, SpendState } from '@meterline/domain'
import { scopeKind } from '@meterline/domain'
import colors from 'picocolors'

import { countText, creditsText, percentText } from '../output/format.ts'
import { printable } from '../output/printable.ts'
import { tableText } from '../output/table.ts'
import type { Column } from '../output/table.ts'

const COLUMNS: readonly Column<SpendState>[] = [
  { title: 'scope', text: scopeName },
  { title: '5 min', align: 'right', text: (state) => creditsText(state.windows['5m']) },
  { title: '1 h', align: 'right', text: (state) => creditsText(state.windows['1h']) },
  { title: '24 h', align: 'right', text: (state) => creditsText(state.windows['24h']) },
  { title: '30 d', align: 'right', text: (state) => creditsText(state.windows['30d']) },
  { title: 'today', align: 'right', text: (state) => creditsText(state.day_credits_micro) },
  { title: 'month', align: 'right', text: (state) => creditsText(state.month_credits_micro) },
  { title: 'of budget', align: 'right', text: budgetText },
  { title: 'daily z', align: 'right', text: zText },
  { title: 'calls 24 h', align: 'right', text: (state) => countText(state.requests_24h) },
]

/** Scopes of one kind, those that burn most in the last 24 hours first. Figures in credits. */
export function burnTable(states: Iterable<SpendState>, kind: ScopeKind, limit: number): string {
  const rows = topStates(states, kind, limit)
  const [scope, ...rest] = COLUMNS
  if (scope === undefined) return ''
  return tableText([{ ...scope, title: kind.replace('_', ' ') }, ...rest], rows)
}

/** Month to date against each budget, in one line. */
export function budgetsLine(states: Iterable<SpendState>): string {
  return [...states]
    .filter((state) => state.limit_micro !== null && state.limit_micro > 0)
    .sort((a, b) => b.month_credits_micro - a.month_credits_micro)
    .map((state) => `${scopeName(state)} ${budgetText(state)}`)
    .join('   ')
}

export function topStates(
  states: Iterable<SpendState>,
  kind: ScopeKind,
  limit: number,
): readonly SpendState[] {
  return [...states]
    .filter((state) => scopeKind(state.scope) === kind)
    .sort((a, b) => b.windows['24h'] - a.windows['24h'] || (a.scope < b.scope ? -1 : 1))
    .slice(0, limit)
}

/** The id without its kind. */
export function scopeName({ scope }: Pick<SpendState, 'scope'>): string {
  return printable(scope.slice(scope.indexOf(':') + 1))
}

function budgetText(state: SpendState): string {
  if (state.limit_micro === null || state.limit_micro === 0) return colors.dim('–')
  const text = percentText(state.month_credits_micro / state.limit_micro)
  switch (state.budget_state) {
    case 'none':
    case 'ok':
    case 'info':
      return text
    case 'warning':
      return colors.yellow(text)
    case 'critical':
      return colors.red(text)
    case 'hard_cap':
      return colors.magenta(text)
  }
}

function zText({ z_daily: z }: SpendState): string {
  if (z === null) return colors.dim('–')
  return z > 3 ? colors.red(z.toFixed(2)) : z.toFixed(2)
}
