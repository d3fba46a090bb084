import { z } from 'zod'

import { match } from '../entities/alert-schemas.ts'
import { entityId } from '../file-fields.ts'
import { resource } from './resource.ts'

const MAX_MATCHED = 10_000

const id = { id: entityId }
/** What is left out matches everything. */
const matched = z.strictObject({
  severities: match.shape.severities.max(MAX_MATCHED).default([]),
  rules: match.shape.rules.max(MAX_MATCHED).default([]),
  scopes: match.shape.scopes.max(MAX_MATCHED).default([]),
  environments: match.shape.environments.max(MAX_MATCHED).default([]),
})

export const alertResources = {
  alert_policy: resource('alert_policy', {
    path: 'alert-policies',
    section: 'alert_policies',
    schemas: id,
    defaults: { params: {}, minimum_credits_micro: 0, notify: [], enabled: false },
  }),
  channel: resource('channel', {
    path: 'channels',
    section: 'channels',
    schemas: id,
    defaults: { settings: {} },
  }),
  alert_route: resource('alert_route', {
    path: 'alert-routes',
    section: 'alert_routes',
    schemas: { ...id, match: matched },
    defaults: {
      match: {},
      escalate_to: [],
      group_by: ['allocation_id'],
      group_wait_ms: 30,
      repeat_interval_ms: 14_400,
      continue: false,
    },
  }),
  silence: resource('silence', {
    path: 'silences',
    schemas: { ...id, match: matched },
    defaults: { match: {}, comment: '' },
  }),
  alert_mark: resource('alert_mark', { path: 'alert-marks', isWritable: false }),
  release: resource('release', { path: 'releases', section: 'releases', schemas: id }),
  action_run: resource('action_run', { path: 'actions', schemas: id }),
  action_policy: resource('action_policy', {
    path: 'action-policies',
    section: 'action_policies',
    schemas: id,
    defaults: { automatic: [], dry_run: true },
  }),
} as const
