import { createHash } from 'node:crypto'

import { placesOf } from '../access/covers.ts'
import type { SpendAlert } from '../alerts/spend-alert.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import type { ScopeId } from '../scope/scope.ts'
import { scopeId } from '../scope/scope.ts'
import type { ActionPolicy, ActionRun, ActionTarget, ActionType } from './action-entities.ts'
import { ACTION_TYPES } from './action-entities.ts'

/** The same alert and type are the same run, whoever plans it and however often. */
export function actionRunId(alertId: string, type: ActionType): string {
  return `act-${createHash('sha256')
    .update(JSON.stringify([alertId, type]))
    .digest('hex')
    .slice(0, 24)}`
}

/**
 * The runs that a firing alert asks for: its own action, and for what is critical a cheaper model beside it. Approved where a
 * policy lets them run by themselves, else planned; a dry run unless a policy says otherwise. What has a run already is left out.
 */
export function planActions(view: OrganizationView, alert: SpendAlert, atMs: number): ActionRun[] {
  if (alert.state !== 'firing') return []
  return typesFor(alert)
    .filter((each) => !view.entities.action_run.has(actionRunId(alert.id, each)))
    .map((each) => plannedRun(view, { alert, type: each, atMs }))
}

/** Whether `planActions` has any: asked of every alert, every second. */
export function isUnplanned(view: OrganizationView, alert: SpendAlert): boolean {
  return alert.state === 'firing' && runIdsOf(alert).some((id) => !view.entities.action_run.has(id))
}

/** The hashes of an alert are worked out once. */
const runIds = new WeakMap<SpendAlert, readonly string[]>()
const NO_RUNS: readonly string[] = []

function runIdsOf(alert: SpendAlert): readonly string[] {
  if (alert.action === null) return NO_RUNS
  const known = runIds.get(alert) ?? typesFor(alert).map((type) => actionRunId(alert.id, type))
  runIds.set(alert, known)
  return known
}

function typesFor({ action, severity }: SpendAlert): readonly ActionType[] {
  const type = ACTION_TYPES.find((each) => each === action?.type)
  if (type === undefined) return []
  return severity === 'critical' && type !== 'suggest_model' ? [type, SUGGESTION] : [type]
}

const SUGGESTION = 'suggest_model' as const

function plannedRun(
  view: OrganizationView,
  of: { readonly alert: SpendAlert; readonly type: ActionType; readonly atMs: number },
): ActionRun {
  const { alert, type, atMs } = of
  const scope = scopeOf(alert)
  const policy = policyFor(view, scope)
  const target = targetOf(type, alert.action?.params['provider'])
  const isAutomatic = policy?.automatic.includes(type) === true && !needsPerson(type, target)
  return {
    id: actionRunId(alert.id, type),
    type,
    target,
    scope,
    params: type === alert.action?.type ? alert.action.params : {},
    alert_id: alert.id,
    dry_run: policy?.dry_run ?? true,
    state: isAutomatic ? 'approved' : 'planned',
    approved_by: isAutomatic ? `policy:${policy.id}` : null,
    result: '',
    started_at_ms: atMs,
    undo: null,
  }
}

/**
 * The new secret of a key is shown once, to whoever asked: where nobody did, the key would be lost. A key that OpenAI has deleted
 * cannot be brought back.
 */
function needsPerson(type: ActionType, target: ActionTarget): boolean {
  return type === 'rotate_key' || (type === 'provider_disable_key' && target === 'openai')
}

/** An allocation's alert is about what that allocation pays for: a part with an allocation of its own is none of it. */
function scopeOf({ allocation_id, scope }: SpendAlert): ScopeId {
  return allocation_id === null ? scope : scopeId('allocation', allocation_id)
}

/** The most specific policy over a scope; of several for one scope the one whose id sorts first. */
export function policyFor(view: OrganizationView, scope: ScopeId): ActionPolicy | undefined {
  const policies = [...view.entities.action_policy.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  for (const place of [...placesOf(view, scope), 'org:*']) {
    const found = policies.find((policy) => policy.scope === place)
    if (found !== undefined) return found
  }
  return undefined
}

export function targetOf(type: ActionType, provider: unknown): ActionTarget {
  switch (type) {
    case 'rate_limit':
    case 'block':
      return 'gateway'
    case 'disable_key':
    case 'rotate_key':
    case 'suggest_model':
      return 'control'
    case 'ticket':
      return 'ticket'
    case 'provider_rate_limit':
    case 'provider_spend_limit':
    case 'provider_disable_key':
      return provider === 'anthropic' ? 'anthropic' : 'openai'
  }
}
