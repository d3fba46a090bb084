import { keyById } from '../organization/api-keys.ts'
import type { OrganizationPath } from '../organization/organization-path.ts'
import { allocationOfPath, scopesOfPath } from '../organization/organization-path.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { scopeId, type ScopeId } from '../scope/scope.ts'
import type { Block, RateRule } from './limit-entities.ts'
import { ruleIndexOf } from './rule-index.ts'

/** What a key may do, apart from what it may spend. Every rule speaks of scopes; those of the subject are looked up, most specific first. */
export interface RuleSubject {
  readonly path: OrganizationPath
  readonly user: string | null
  readonly apiKey: string
}

/** Why a model may not be called. `id` is that of the policy or the allocation. */
export interface ModelRefusal {
  readonly source: 'model_policy' | 'allocation'
  readonly id: string
  readonly scope: ScopeId
  readonly allowed: readonly string[]
}

/** The block that holds for the subject or the model; of several the most specific one. */
export function blockFor(
  view: OrganizationView,
  { model, ...subject }: RuleSubject & { readonly model: string },
  atMs: number,
): Block | undefined {
  const { blocks } = ruleIndexOf(view)
  if (blocks.size === 0) return undefined
  const scopes = [...scopesOf(view, subject), scopeId('model', model)]
  return scopes
    .flatMap((scope) => blocks.get(scope) ?? [])
    .find(({ expires_at_ms }) => expires_at_ms === null || atMs < expires_at_ms)
}

/**
 * Of the model policies the most specific scope's hold, and of those that name the environment rather than all; any of them may allow
 * the model. What the allocation approves holds beside it.
 */
export function modelRefusal(
  view: OrganizationView,
  { model, ...subject }: RuleSubject & { readonly model: string },
): ModelRefusal | undefined {
  const environment = environmentOf(view, subject.apiKey)
  const { modelPolicies } = ruleIndexOf(view)
  for (const scope of modelPolicies.size === 0 ? [] : scopesOf(view, subject)) {
    const policies = modelPolicies.get(scope) ?? []
    const named = policies.filter(({ environments }) => environments.includes(environment))
    const [first, ...others] =
      named.length > 0 ? named : policies.filter(({ environments }) => environments.length === 0)
    if (first === undefined) continue
    const allowed = [first, ...others].flatMap(({ allowed_models }) => allowed_models)
    if (isNamed(model, allowed)) break
    return { source: 'model_policy', id: first.id, scope, allowed }
  }
  const allocation = allocationOfPath(view, subject.path)
  if (allocation === undefined || allocation.approved_models.length === 0) return undefined
  const { id, scope, approved_models } = allocation
  return isNamed(model, approved_models)
    ? undefined
    : { source: 'allocation', id, scope, allowed: approved_models }
}

/** The lowest rate that applies to each key below the rule's scope, in its environment. */
export function rateRuleFor(
  view: OrganizationView,
  subject: RuleSubject,
  atMs: number,
): RateRule | undefined {
  const { rateRules } = ruleIndexOf(view)
  if (rateRules.size === 0) return undefined
  const environment = environmentOf(view, subject.apiKey)
  return scopesOf(view, subject)
    .flatMap((scope) => rateRules.get(scope) ?? [])
    .filter(({ expires_at_ms }) => expires_at_ms === null || atMs < expires_at_ms)
    .filter(
      ({ environments }) => environments.length === 0 || environments.some((name) => fits(name, environment)),
    )
    .sort((a, b) => a.max_rps - b.max_rps)[0]
}

/** `non-prod` is every environment but `prod`. */
function fits(name: string, environment: string): boolean {
  return name === environment || (name === 'non-prod' && environment !== 'prod')
}

function isNamed(model: string, names: readonly string[]): boolean {
  return names.some((name) => name === model || (name.endsWith('*') && model.startsWith(name.slice(0, -1))))
}

function environmentOf(view: OrganizationView, apiKey: string): string {
  return keyById(view, apiKey)?.environment ?? ''
}

function scopesOf(view: OrganizationView, { path, user, apiKey }: RuleSubject): ScopeId[] {
  const allocation = allocationOfPath(view, path)
  return [
    scopeId('api_key', apiKey),
    ...(user === null ? [] : [scopeId('user', user)]),
    ...(allocation === undefined ? [] : [scopeId('allocation', allocation.id)]),
    ...scopesOfPath(path),
  ]
}
