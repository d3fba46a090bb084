/** Anything burn is kept and budgeted for, or attributed to. */
export const SCOPE_KINDS = [
  'org',
  'billing_group',
  'department',
  'team',
  'project',
  'api_key',
  'user',
  'allocation',
  'customer',
  'endpoint',
  'prompt_version',
  'model',
  'product',
] as const
export type ScopeKind = (typeof SCOPE_KINDS)[number]

/** `kind:id`, such as `team:payments`. The id may itself contain colons. */
export type ScopeId = `${ScopeKind}:${string}`

export const scopeId = (kind: ScopeKind, id: string): ScopeId => `${kind}:${id}`

export function scopeKind(scope: ScopeId): ScopeKind {
  return scope.slice(0, scope.indexOf(':')) as ScopeKind
}
