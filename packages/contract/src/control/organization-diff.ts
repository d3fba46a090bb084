import type { ControlEntityKind } from '@meterline/domain'

import type { DesiredEntities, EntitySet } from './organization-entities.ts'

/** Parents before children: a reader that stops half way never sees a name without its owner. */
const APPLY_ORDER = [
  'organization',
  'billing_group',
  'department',
  'team',
  'project',
  'rate_card',
  'pool',
  'allocation',
  'user',
  'api_key',
  'label_policy',
  'model_policy',
  'limit',
  'channel',
  'alert_route',
  'alert_policy',
  'action_policy',
  'release',
  'gl_mapping',
  'conversion_rate',
] as const satisfies readonly ControlEntityKind[]
export type FileKind = (typeof APPLY_ORDER)[number]

export interface FieldChange {
  readonly field: string
  readonly before: unknown
  readonly after: unknown
}

export interface EntityChange {
  readonly change: 'added' | 'changed' | 'removed'
  readonly kind: FileKind
  readonly id: string
  /** Empty for what is removed. */
  readonly fields: readonly FieldChange[]
}

/** No file holds them, so they are not compared. */
const WITHHELD_FIELDS: ReadonlySet<string> = new Set([
  'secret_prefix',
  'secret_salt',
  'secret_hash',
  'former_secret',
  'password_hash',
  'sessions_valid_from_ms',
])

/** What has to change for `current` to become `desired`, in the order it may be applied. Secrets are not compared. */
export function organizationDiff(desired: DesiredEntities, current: EntitySet): readonly EntityChange[] {
  const puts = APPLY_ORDER.flatMap((kind) => putsOf(kind, desiredOf(desired, kind), current[kind]))
  const removals = APPLY_ORDER.toReversed()
    .filter((kind) => desired.authoritative.has(kind))
    .flatMap((kind) =>
      [...current[kind].keys()]
        .filter((id) => !desiredOf(desired, kind).has(id))
        .map((id) => ({ change: 'removed', kind, id, fields: [] }) as const),
    )
  return [...puts, ...removals]
}

/** The entities of one kind that the file speaks of; none where it has no such section. */
export function desiredOf(desired: DesiredEntities, kind: FileKind): ReadonlyMap<string, object> {
  return kind in desired
    ? desired[kind as keyof DesiredEntities & FileKind]
    : (desired.further.get(kind) ?? new Map())
}

function putsOf(
  kind: FileKind,
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
    .filter((field) => !WITHHELD_FIELDS.has(field) && canonical(was.get(field)) !== canonical(is.get(field)))
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
