import type { ApiKey } from '@meterline/domain'
import { z } from 'zod'

import { entityId, label, text } from './file-fields.ts'
import type { SecretProof } from './key-secret.ts'

/** An API key as the organization file and the API write it: everything but its secrets. */
export const keyEntry = z.strictObject({
  id: entityId,
  project: entityId,
  environment: label,
  /** `registry`: this entry says who pays. `event`: the labels on each event do. */
  labels_from: z.enum(['registry', 'event']).default('registry'),
  labels: z.record(label, label).default({}),
  user: text.optional(),
  may_send_for_others: z.boolean().default(false),
  /** `revoked` is for ever. */
  status: z.enum(['active', 'disabled', 'revoked']).default('active'),
  expires_at: z.iso.datetime({ offset: true }).optional(),
})

export type KeyEntry = z.output<typeof keyEntry>

/** A key as the file knows it: whose it is, without the proof of its secret. */
export type KeyDefinition = Omit<ApiKey, keyof SecretProof | 'former_secret'>

export function keyDefinition(entry: KeyEntry): KeyDefinition {
  const { id, project, environment, status, labels_from, labels, may_send_for_others } = entry
  return {
    id,
    project,
    environment,
    status,
    labels_from,
    labels,
    may_send_for_others,
    ...(entry.user === undefined ? {} : { user_id: entry.user }),
    ...(entry.expires_at === undefined ? {} : { expires_at_ms: Date.parse(entry.expires_at) }),
  }
}

export function keyEntryOf(key: KeyDefinition): KeyEntry {
  const { id, project, environment, status, labels_from, labels, may_send_for_others } = key
  return {
    id,
    project,
    environment,
    labels_from,
    labels: { ...labels },
    may_send_for_others,
    status,
    ...(key.user_id === undefined ? {} : { user: key.user_id }),
    ...(key.expires_at_ms === undefined ? {} : { expires_at: new Date(key.expires_at_ms).toISOString() }),
  }
}
