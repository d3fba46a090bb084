import type { AccessEntities } from '../access/access-entities.ts'
import type { ActionEntities } from '../actions/action-entities.ts'
import type { AlertEntities } from '../alerts/alert-entities.ts'
import type { LedgerEntities } from '../ledger/ledger-entities.ts'
import type { LimitEntities } from '../limits/limit-entities.ts'
import type { OrganizationEntities } from '../organization/organization.ts'
import type { RequestEntities } from '../requests/request-entities.ts'

/** Every entity of the control log, by kind. `put` replaces the whole entity, so folding twice changes nothing. */
export interface ControlEntities
  extends
    OrganizationEntities,
    AccessEntities,
    LedgerEntities,
    LimitEntities,
    RequestEntities,
    AlertEntities,
    ActionEntities {}
export type ControlEntityKind = keyof ControlEntities

const KINDS = {
  organization: true,
  billing_group: true,
  department: true,
  team: true,
  project: true,
  api_key: true,
  allocation: true,
  rate_card: true,
  user: true,
  service_token: true,
  label_policy: true,
  pool: true,
  grant: true,
  ledger_entry: true,
  allocation_period: true,
  conversion_rate: true,
  gl_mapping: true,
  limit: true,
  model_policy: true,
  rate_rule: true,
  block: true,
  request: true,
  incident: true,
  alert_policy: true,
  channel: true,
  alert_route: true,
  silence: true,
  alert_mark: true,
  release: true,
  action_run: true,
  action_policy: true,
} as const satisfies Record<ControlEntityKind, true>

export const CONTROL_ENTITY_KINDS = Object.keys(KINDS) as readonly ControlEntityKind[]
