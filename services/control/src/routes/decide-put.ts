import { keptOfUser, keptSecretsOf } from '@meterline/contract'
import type { Resource, SecretProof } from '@meterline/contract'
import {
  alertPolicyProblem,
  allocationProblem,
  brokenReference,
  limitProblem,
  mayChange,
  settingsOf,
  standingTermsProblem,
  statusHindrance,
} from '@meterline/domain'
import type {
  Allocation,
  CommandHead,
  ControlChange,
  ControlEntities,
  ControlEntityKind,
  Decision,
  OrganizationView,
  Principal,
  Refusal,
} from '@meterline/domain'

export interface PutOf {
  readonly resource: Resource
  readonly id: string
  /** As the schema of the resource made it. */
  readonly entry: Readonly<Record<string, unknown>>
  readonly principal: Principal
  /** For a key or token that is not there yet. */
  readonly proof: SecretProof
}

/** Puts an entity in place of the one that is there, or as a new one; nothing is written when nothing changes. */
export function decidePut(view: OrganizationView, put: PutOf, { atMs }: CommandHead): Decision {
  const { resource, id, principal } = put
  const { kind } = resource
  const before = view.entities[kind].get(id)
  const entity = resource.toEntity(put.entry, keptFields(view, put))
  if (!mayChange(view, principal, { kind, id, desired: entity })) return refused(notYours(kind, id))
  if (before !== undefined && JSON.stringify(sorted(before)) === JSON.stringify(sorted(entity))) {
    return { ok: true, changes: [] }
  }
  const change = { kind, id, type: 'put', data: entity } as ControlChange
  const hindrance = ruleOf(view, { kind, before, entity, atMs }) ?? brokenReference(view, [change])
  return hindrance === undefined ? { ok: true, changes: [change] } : refused(hindrance)
}

export function decideRemoval(
  view: OrganizationView,
  of: { readonly kind: ControlEntityKind; readonly id: string; readonly principal: Principal },
): Decision {
  const { kind, id, principal } = of
  if (!view.entities[kind].has(id)) {
    return refused({ code: 'not_found', message: `there is no ${words(kind)} "${id}"` })
  }
  if (!mayChange(view, principal, { kind, id })) return refused(notYours(kind, id))
  const change = { kind, id, type: 'removed' } as ControlChange
  const standing = kind === 'allocation' ? standingTermsProblem(view, { id, wanted: undefined }) : undefined
  const hindrance = standing ?? brokenReference(view, [change])
  return hindrance === undefined ? { ok: true, changes: [change] } : refused(hindrance)
}

/** What no entry speaks of stays as it is. */
function keptFields(view: OrganizationView, { resource: { kind }, id, proof }: PutOf): object {
  const { entities } = view
  if (kind === 'api_key') return keptSecretsOf(entities.api_key.get(id)) ?? proof
  if (kind === 'user') return keptOfUser(entities.user.get(id))
  if (kind !== 'service_token') return {}
  const { secret_prefix, secret_salt, secret_hash } = entities.service_token.get(id) ?? proof
  return { secret_prefix, secret_salt, secret_hash }
}

function ruleOf(
  view: OrganizationView,
  of: {
    readonly kind: ControlEntityKind
    readonly before: ControlEntities[ControlEntityKind] | undefined
    readonly entity: ControlEntities[ControlEntityKind]
    readonly atMs: number
  },
): Refusal | undefined {
  if (of.kind === 'organization') {
    const known = settingsOf(view)
    if (known === undefined || ('id' in of.entity && of.entity.id === known.id)) return undefined
    return { code: 'another_organization', field: 'id', message: `this is the organization "${known.id}"` }
  }
  if (of.kind === 'api_key') {
    const { status } = of.entity as ControlEntities['api_key']
    return statusHindrance(of.before as ControlEntities['api_key'] | undefined, status)
  }
  if (of.kind === 'limit') return limitProblem(view, of.entity as ControlEntities['limit'], of.atMs)
  if (of.kind === 'alert_policy') return alertPolicyProblem(of.entity as ControlEntities['alert_policy'])
  if (of.kind === 'allocation') {
    const wanted = of.entity as ControlEntities['allocation']
    return standingTermsProblem(view, { id: wanted.id, wanted }) ?? allocationRule(view, wanted)
  }
  return undefined
}

/** What stands against an allocation as it would be among the others. */
function allocationRule(view: OrganizationView, changed: Allocation): Refusal | undefined {
  const allocations = new Map(view.entities.allocation).set(changed.id, changed)
  return allocationProblem(view, allocations, changed.id)
}

function notYours(kind: ControlEntityKind, id: string): Refusal {
  return { code: 'forbidden', message: `the ${words(kind)} "${id}" is outside of what your roles cover` }
}

function refused(refusal: Refusal): Decision {
  return { ok: false, refusal }
}

function words(kind: string): string {
  return kind.replaceAll('_', ' ')
}

function sorted(value: object): unknown {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
}
