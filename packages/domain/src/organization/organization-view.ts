import type {
  ControlEntities,
  ControlEntityKind,
  ControlEvent,
  OrganizationSettings,
} from './organization.ts'

/**
 * The organization as folded from `control.log` up to and including `offset`. Mutable: `foldControlEvent` is the one writer.
 * Whoever keeps something computed from it compares `offset`, which grows with every fold.
 */
export interface OrganizationView {
  readonly entities: { readonly [K in ControlEntityKind]: Map<string, ControlEntities[K]> }
  /** Public part of a secret to the id of its key. */
  readonly keyIdBySecretPrefix: Map<string, string>
  /** Offset of the last record folded; -1 before the first. */
  offset: number
}

export function createOrganizationView(): OrganizationView {
  return {
    entities: {
      organization: new Map(),
      billing_group: new Map(),
      department: new Map(),
      team: new Map(),
      project: new Map(),
      api_key: new Map(),
      allocation: new Map(),
      rate_card: new Map(),
    },
    keyIdBySecretPrefix: new Map(),
    offset: -1,
  }
}

/**
 * Folds one record of `control.log`. A record at or before the view's offset was folded already and changes nothing,
 * so a log may be read again from anywhere.
 */
export function foldControlEvent(view: OrganizationView, event: ControlEvent, offset: number): void {
  if (offset <= view.offset) return
  view.offset = offset
  if (event.kind === 'api_key') forgetSecret(view, event.id)
  if (event.type === 'removed') {
    view.entities[event.kind].delete(event.id)
    return
  }
  put(view, event)
}

/** The settings of the organization, once they are known. A log holds one organization; the last one put is it. */
export function settingsOf(view: OrganizationView): OrganizationSettings | undefined {
  return view.entities.organization.values().next().value
}

type PutEvent = Extract<ControlEvent, { type: 'put' }>

function put(view: OrganizationView, event: PutEvent): void {
  const { entities } = view
  switch (event.kind) {
    case 'organization':
      entities.organization.clear()
      entities.organization.set(event.id, event.data)
      break
    case 'billing_group':
      entities.billing_group.set(event.id, event.data)
      break
    case 'department':
      entities.department.set(event.id, event.data)
      break
    case 'team':
      entities.team.set(event.id, event.data)
      break
    case 'project':
      entities.project.set(event.id, event.data)
      break
    case 'api_key':
      entities.api_key.set(event.id, event.data)
      view.keyIdBySecretPrefix.set(event.data.secret_prefix, event.id)
      break
    case 'allocation':
      entities.allocation.set(event.id, event.data)
      break
    case 'rate_card':
      entities.rate_card.set(event.id, event.data)
      break
  }
}

// A rotated key is found by its new secret only.
function forgetSecret(view: OrganizationView, keyId: string): void {
  const former = view.entities.api_key.get(keyId)
  if (former !== undefined && view.keyIdBySecretPrefix.get(former.secret_prefix) === keyId) {
    view.keyIdBySecretPrefix.delete(former.secret_prefix)
  }
}
