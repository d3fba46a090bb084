import type { ControlEntities, ControlEntityKind } from '../control/control-entities.ts'
import { CONTROL_ENTITY_KINDS } from '../control/control-entities.ts'
import type { ControlEvent } from '../control/control-event.ts'
import { Ledger } from '../ledger/ledger.ts'
import type { ApiKey, OrganizationSettings } from './organization.ts'

/**
 * The organization as folded from `control.log` up to and including `offset`. Mutable: `foldControlEvent` is the one writer.
 * Whoever keeps something computed from it compares `offset`, which grows with every fold.
 */
export interface OrganizationViewOf<Kinds extends ControlEntityKind> {
  readonly entities: { readonly [K in Kinds]: Map<string, ControlEntities[K]> }
  /** Public part of a secret to the id of its key. */
  readonly keyIdBySecretPrefix: Map<string, string>
  /** The balances of all ledger entries. */
  readonly ledger: Ledger
  /** Offset of the last record folded; -1 before the first. */
  offset: number
  /** Offset of the last of them that is of a `METERING_KINDS`: what follows from those alone holds until it grows. */
  meteringOffset: number
  /** The same of `ROUTING_KINDS`. */
  routingOffset: number
  /** The same of `ALERTING_KINDS`. */
  alertingOffset: number
}

/** All of it. */
export interface OrganizationView extends OrganizationViewOf<ControlEntityKind> {
  readonly entities: { readonly [K in ControlEntityKind]: Map<string, ControlEntities[K]> }
}

/**
 * What people and machines do about spend, day after day: it grows for ever, and nothing of it says who pays, what it costs or what
 * spend is held against. (Of the ledger the balances do, which the view has beside its entities.)
 */
const CASE_KINDS = [
  'incident',
  'silence',
  'alert_mark',
  'action_run',
  'ledger_entry',
] as const satisfies readonly ControlEntityKind[]

export type SpendKind = Exclude<ControlEntityKind, (typeof CASE_KINDS)[number]>
/** The organization as far as spend is measured and watched by it. */
export type SpendView = OrganizationViewOf<SpendKind>

export const SPEND_KINDS: readonly SpendKind[] = CONTROL_ENTITY_KINDS.filter(
  (kind): kind is SpendKind => !CASE_KINDS.some((each) => each === kind),
)

/** The hierarchy, and what is written for its scopes. */
const TREE_KINDS: readonly ControlEntityKind[] = [
  'organization',
  'department',
  'team',
  'project',
  'api_key',
  'allocation',
]

/**
 * Who pays for an event, whether it is taken, and what it costs follow from these kinds and no other: an alert that is
 * acknowledged or a grant that is entered is no reason to work all of that out again.
 */
export const METERING_KINDS: ReadonlySet<ControlEntityKind> = new Set<ControlEntityKind>([
  ...TREE_KINDS,
  'rate_card',
  'label_policy',
])

/** To whom an alert goes follows from these: routes, channels, people and their roles, and the tree they are written for. */
const ROUTING_KINDS: ReadonlySet<ControlEntityKind> = new Set<ControlEntityKind>([
  ...TREE_KINDS,
  'user',
  'channel',
  'alert_route',
])

/** And whether it speaks at all follows from these too: silences, and what people said of it. */
const ALERTING_KINDS: ReadonlySet<ControlEntityKind> = new Set<ControlEntityKind>([
  ...ROUTING_KINDS,
  'silence',
  'alert_mark',
])

export function createOrganizationView(): OrganizationView {
  return createViewOf(CONTROL_ENTITY_KINDS)
}

/** Folds every record, and keeps the entities of those kinds alone. */
export function createViewOf<Kinds extends ControlEntityKind>(
  kinds: readonly Kinds[],
): OrganizationViewOf<Kinds> {
  return {
    // Each kind gets the map of its own entities.
    entities: Object.fromEntries(
      kinds.map((kind) => [kind, new Map()]),
    ) as OrganizationViewOf<Kinds>['entities'],
    keyIdBySecretPrefix: new Map(),
    ledger: new Ledger(),
    offset: -1,
    meteringOffset: -1,
    routingOffset: -1,
    alertingOffset: -1,
  }
}

/**
 * Folds one record of `control.log`; `undefined` stands for one of a kind that is not known here. A record at or before the view's offset was folded already and changes nothing,
 * so a log may be read again from anywhere.
 */
export function foldControlEvent(
  view: OrganizationViewOf<never>,
  event: ControlEvent | undefined,
  offset: number,
): void {
  if (offset <= view.offset) return
  view.offset = offset
  if (event === undefined) return
  if (METERING_KINDS.has(event.kind)) view.meteringOffset = offset
  if (ROUTING_KINDS.has(event.kind)) view.routingOffset = offset
  if (ALERTING_KINDS.has(event.kind)) view.alertingOffset = offset
  if (event.kind === 'api_key') forgetSecret(view, event.id)
  if (event.type === 'removed') {
    entitiesOf(view, event.kind)?.delete(event.id)
    return
  }
  put(view, event)
}

/** The settings of the organization, once they are known. A log holds one organization; the last one put is it. */
export function settingsOf(view: OrganizationViewOf<'organization'>): OrganizationSettings | undefined {
  return view.entities.organization.values().next().value
}

type PutEvent = Extract<ControlEvent, { type: 'put' }>

/** `undefined`: the view goes without the kind. */
function entitiesOf<K extends ControlEntityKind>(
  { entities }: OrganizationViewOf<never>,
  kind: K,
): Map<string, ControlEntities[K]> | undefined {
  return (entities as Partial<OrganizationView['entities']>)[kind]
}

function put(view: OrganizationViewOf<never>, event: PutEvent): void {
  if (event.kind === 'ledger_entry') view.ledger.fold(event.data)
  // One organization per log.
  if (event.kind === 'organization') entitiesOf(view, event.kind)?.clear()
  if (event.kind === 'api_key') {
    for (const prefix of prefixesOf(event.data)) view.keyIdBySecretPrefix.set(prefix, event.id)
  }
  // Kind and data of an event belong together, which the compiler loses on the way through the map.
  const entities: Map<string, unknown> | undefined = entitiesOf(view, event.kind)
  entities?.set(event.id, event.data)
}

// A rotated key is found by its new secret, and by the former one as long as the entity names it.
function forgetSecret(view: OrganizationViewOf<never>, keyId: string): void {
  const former = entitiesOf(view, 'api_key')?.get(keyId)
  if (former === undefined) return
  for (const prefix of prefixesOf(former)) {
    if (view.keyIdBySecretPrefix.get(prefix) === keyId) view.keyIdBySecretPrefix.delete(prefix)
  }
}

function prefixesOf({ secret_prefix, former_secret }: ApiKey): readonly string[] {
  return former_secret === undefined ? [secret_prefix] : [secret_prefix, former_secret.secret_prefix]
}
