import { scopeReference } from '../file-fields.ts'
import { entityId, label, text } from '../file-fields.ts'
import { resource } from './resource.ts'

const named = { id: entityId, name: text }

/** The tree; in the file it is nested under `billing_groups`. */
export const treeResources = {
  organization: resource('organization', {
    path: 'organizations',
    schemas: named,
    defaults: { reporting_time_zone: 'UTC', unattributed: 'reject' },
  }),
  billing_group: resource('billing_group', { path: 'billing-groups', schemas: named }),
  department: resource('department', { path: 'departments', schemas: named }),
  team: resource('team', { path: 'teams', schemas: { ...named, cost_center: text } }),
  project: resource('project', { path: 'projects', schemas: { ...named, cost_center: text.optional() } }),
} as const

const everywhere = { environments: [] }

export const policyResources = {
  label_policy: resource('label_policy', {
    path: 'label-policies',
    section: 'label_policies',
    schemas: { id: entityId, label },
    defaults: { required: false, allowed_values: [] },
  }),
  model_policy: resource('model_policy', {
    path: 'model-policies',
    section: 'model_policies',
    schemas: { id: entityId },
    defaults: everywhere,
  }),
  limit: resource('limit', {
    path: 'limits',
    section: 'limits',
    schemas: { id: entityId, scope: scopeReference },
    defaults: {
      per: 'scope',
      period: 'month',
      soft_cap_micro: null,
      hard_cap_micro: null,
      expires_at_ms: null,
      review_at_ms: null,
      on_owner_unreachable: 'open',
      reason: '',
    },
  }),
  rate_rule: resource('rate_rule', {
    path: 'rate-rules',
    schemas: { id: entityId },
    defaults: { ...everywhere, expires_at_ms: null, set_by: null },
  }),
  block: resource('block', {
    path: 'blocks',
    schemas: { id: entityId },
    defaults: { expires_at_ms: null, set_by: null },
  }),
} as const
