import { z } from 'zod'

import { entityId, text } from '../file-fields.ts'
import { resource } from './resource.ts'

const person = { id: entityId, name: text, email: z.email('an e-mail address') }
const roles = { bindings: 'roles' }

/** People and machines. What proves who they are is kept apart, and never leaves. */
export const accessResources = {
  user: resource('user', {
    path: 'users',
    section: 'users',
    withheld: ['password_hash', 'sessions_valid_from_ms'],
    names: roles,
    schemas: person,
    defaults: { status: 'active', bindings: [], oidc_subject: null },
  }),
  service_token: resource('service_token', {
    path: 'tokens',
    withheld: ['secret_prefix', 'secret_salt', 'secret_hash'],
    names: roles,
    schemas: { id: entityId, name: text },
    defaults: { status: 'active', bindings: [], expires_at_ms: null },
  }),
} as const
