import type { ScopeId, ScopeKind } from './scope.ts'
import { scopeKind } from './scope.ts'

/** Column of the ClickHouse table `usage` that holds the ids of a kind of scope. */
const COLUMN: Readonly<Record<ScopeKind, string>> = {
  org: 'organization',
  billing_group: 'billing_group',
  department: 'department',
  team: 'team',
  project: 'project',
  api_key: 'api_key_id',
  user: 'user_id',
  allocation: 'allocation_id',
  customer: 'customer_id',
  endpoint: 'endpoint',
  prompt_version: 'prompt_version',
  model: 'model_name',
  product: 'product',
}

export const scopeColumn = (kind: ScopeKind): string => COLUMN[kind]

/** `team = 'payments'`: the condition on `usage` that finds a scope's records. */
export function scopeCondition(scope: ScopeId): string {
  const kind = scopeKind(scope)
  return `${COLUMN[kind]} = ${sqlText(scope.slice(kind.length + 1))}`
}

/** A ClickHouse string literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
