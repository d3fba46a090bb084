import type { OrganizationEntities } from '@meterline/domain'

import type { DesiredEntities, EntitySet } from './organization-entities.ts'

/** Parents before children: a reader that stops half way never sees a name without its owner. */
const APPLY_ORDER = [
  'organization',
  'billing_group',
  'department',
  'team',
  'project',
  'rate_card',
  'allocation',
  'api_key',
] as const satisfies readonly (keyof OrganizationEntities)[]

export interface FieldChange {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
}

export interface EntityChange {
  readonly change: 'added' | 'changed' | 'removed'
  readonly kind: keyof OrganizationEntities
  readonly id: string
  /** Empty for what is removed. */
  readonly fields: readonly FieldChange[]
}

const SECRET_FIELDS: ReadonlySet<string> = new Set(['secret_prefix', 'secret_salt', 'secret_hash'])

/** What has to change for `current` to become `desired`, in the order it may be applied. Secrets are not compared. */
export function organizationDiff(desired: DesiredEntities, current: EntitySet): readonly EntityChange[] {
  const puts = APPLY_ORDER.flatMap((kind) => putsOf(kind, desired[kind], current[kind]))
  const removals = APPLY_ORDER.toReversed().flatMap((kind) =>
    [...current[kind].keys()]
      .filter((id) => !desired[kind].has(id))
      .map((id) => ({ change: 'removed', kind, id, fields: [] }) as const),
  )
  return [...puts, ...removals]
}

function putsOf(
  kind: keyof OrganizationEntities,
  desired: ReadonlyMap<string, object>,
  current: ReadonlyMap<string, object>,
): readonly EntityChange[] {
  return [...desired].flatMap(([id, entity]): readonly EntityChange[] => {
    const before = current.get(id)
    const fields = changedFields(before ?? {}, entity)
    if (before === undefined) return [{ change: 'added', kind, id, fields }]
    return fields.length === 0 ? [] : [{ change: 'changed', kind, id, fields }]
  })
}

function changedFields(before: object, after: object): readonly FieldChange[] {
  const was = new Map<string, unknown>(Object.entries(before))
  const is = new Map<string, unknown>(Object.entries(after))
  return [...new Set([...is.keys(), ...was.keys()])]
    .filter((field) => !SECRET_FIELDS.has(field) && canonical(was.get(field)) !== canonical(is.get(field)))
    .map((field) => ({ field, before: was.get(field), after: is.get(field) }))
}

/** JSON with sorted names: the order of labels in a file means nothing. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
