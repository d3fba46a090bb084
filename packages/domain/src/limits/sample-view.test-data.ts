import type { ControlChange } from '../control/control-event.ts'
import type { Allocation } from '../organization/organization.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { createOrganizationView, foldControlEvent } from '../organization/organization-view.ts'
import type { Limit } from './limit-entities.ts'

export const CREDIT = 1_000_000

/** A billing group with two departments, a team in each, and one project and key in the first. */
const TREE: readonly ControlChange[] = [
  put('organization', {
    id: 'org-1234',
    name: 'Sample',
    reporting_time_zone: 'Europe/Berlin',
    unattributed: 'reject',
  }),
  put('billing_group', { id: 'payments', name: 'Payments' }),
  put('department', { id: 'checkout', name: 'Checkout', billing_group: 'payments' }),
  put('department', { id: 'fraud', name: 'Fraud', billing_group: 'payments' }),
  put('team', { id: 'checkout-web', name: 'Web', department: 'checkout', cost_center: 'CC-1' }),
  put('team', { id: 'risk', name: 'Risk', department: 'fraud', cost_center: 'CC-2' }),
  put('project', { id: 'assistant', name: 'Assistant', team: 'checkout-web' }),
]

export function sampleView(...changes: readonly ControlChange[]): OrganizationView {
  const view = createOrganizationView()
  fold(view, [...TREE, ...changes])
  return view
}

/** Appends changes to the log that the view is folded from. */
export function fold(view: OrganizationView, changes: readonly ControlChange[], atMs = 0): void {
  for (const change of changes) {
    const event = { schema: 1, command_id: 'c', at_ms: atMs, actor: 'token:admin', ...change } as const
    foldControlEvent(view, event, view.offset + 1)
  }
}

type Put = Extract<ControlChange, { type: 'put' }>

export function put<K extends Put['kind']>(kind: K, data: Extract<Put, { kind: K }>['data']): ControlChange {
  // Kind and data belong together; the compiler does not carry that through the object.
  return { kind, id: data.id, type: 'put', data } as ControlChange
}

export function limit(changes: Partial<Limit>): ControlChange {
  return put('limit', {
    id: 'workspace-user-month',
    level: 'workspace',
    scope: 'org:org-1234',
    per: 'user',
    period: 'month',
    soft_cap_micro: null,
    hard_cap_micro: 100 * CREDIT,
    expires_at_ms: null,
    review_at_ms: null,
    on_owner_unreachable: 'open',
    reason: 'default',
    ...changes,
  })
}

export function allocation(changes: Partial<Allocation>): ControlChange {
  return put('allocation', {
    id: 'bg-payments',
    scope: 'billing_group:payments',
    owner: 'Finance',
    monthly_credits_micro: 1_000 * CREDIT,
    reserve_credits_micro: 0,
    rollover: 0,
    soft_cap: 0.9,
    hard_cap: 1,
    gl_account: '6100',
    approved_models: [],
    contacts: [],
    tiers: [],
    ...changes,
  })
}
