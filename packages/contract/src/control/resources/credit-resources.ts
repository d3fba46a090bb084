import { z } from 'zod'

import { entityId, text } from '../file-fields.ts'
import { resource } from './resource.ts'

const byCommand = { isWritable: false } as const
const id = entityId

export const creditResources = {
  pool: resource('pool', { path: 'pools', section: 'pools', schemas: { id, name: text, owner: text } }),
  grant: resource('grant', { path: 'grants', ...byCommand }),
  ledger_entry: resource('ledger_entry', { path: 'ledger', ...byCommand }),
  allocation_period: resource('allocation_period', { path: 'allocation-periods', ...byCommand }),
  conversion_rate: resource('conversion_rate', {
    path: 'conversion-rates',
    section: 'conversion_rates',
    schemas: { id, currency: z.string().regex(/^[A-Z]{3}$/, 'a currency is three letters, such as EUR') },
  }),
  gl_mapping: resource('gl_mapping', {
    path: 'gl-mappings',
    section: 'gl_mappings',
    schemas: { id, gl_account: text },
    defaults: { description: '' },
  }),
  request: resource('request', { path: 'requests', ...byCommand }),
  incident: resource('incident', { path: 'incidents', ...byCommand }),
} as const
