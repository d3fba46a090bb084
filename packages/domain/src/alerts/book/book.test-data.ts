import type { ControlEntities, ControlEntityKind } from '../../control/control-entities.ts'
import { createOrganizationView, type OrganizationView } from '../../organization/organization-view.ts'
import type { AlertRoute, Silence } from '../alert-entities.ts'
import type { SpendAlert } from '../spend-alert.ts'

export const START_MS = Date.parse('2026-11-10T10:00:00Z')
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

const EVERYTHING = { severities: [], rules: [], scopes: [], environments: [] }

export function alertOf(changes: Partial<SpendAlert> = {}): SpendAlert {
  return {
    event: 'spend.alert',
    id: 'alert_1',
    version: 1,
    state: 'firing',
    severity: 'warning',
    rule: 'budget_threshold',
    scope: 'team:payments',
    organization: 'acme',
    allocation_id: 'acme-payments',
    threshold: 0.7,
    current_usage: 710,
    current_usage_micro: 710_000_000,
    monthly_allocation: 1_000,
    monthly_allocation_micro: 1_000_000_000,
    observed: 0.71,
    baseline: null,
    z: null,
    window: 'month',
    period: '2026-11',
    at: new Date(START_MS).toISOString(),
    superseded_by: null,
    drivers: [],
    action: null,
    notify: [],
    evidence: { sql: 'SELECT 1' },
    ...changes,
  }
}

export function routeOf(changes: Partial<AlertRoute> = {}): AlertRoute {
  return {
    id: 'route',
    position: 0,
    match: EVERYTHING,
    channels: ['ops'],
    escalate_to: ['boss'],
    group_by: ['allocation_id', 'severity'],
    group_wait_ms: MINUTE_MS,
    repeat_interval_ms: 4 * HOUR_MS,
    continue: false,
    ...changes,
  }
}

export function silenceOf(changes: Partial<Silence> = {}): Silence {
  const ends_at_ms = START_MS + HOUR_MS
  return { id: 'quiet', match: EVERYTHING, starts_at_ms: START_MS, ends_at_ms, comment: '', ...changes }
}

/** An organization of one team, and what is put into it. */
export function viewOf(
  ...puts: { readonly [K in ControlEntityKind]: readonly [K, ControlEntities[K]] }[ControlEntityKind][]
): OrganizationView {
  const view = createOrganizationView()
  const sample = [
    ['organization', { id: 'acme', name: 'Acme', reporting_time_zone: 'UTC', unattributed: 'reject' }],
    ['department', { id: 'product', name: 'Product', billing_group: 'bg' }],
    ['team', { id: 'payments', name: 'Payments', department: 'product', cost_center: 'CC' }],
  ] as const
  for (const [kind, entity] of [...sample, ...puts]) {
    const entities: Map<string, unknown> = view.entities[kind]
    entities.set(entity.id, entity)
  }
  return view
}
