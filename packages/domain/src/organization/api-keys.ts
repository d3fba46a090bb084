import type { Labels } from '../usage/usage-event.ts'
import type { ApiKey, KeptSecret } from './organization.ts'
import { pathOfKey } from './organization-path.ts'
import type { SpendView } from './organization-view.ts'

/** Labels that every attributed event carries (domain.md §1). */
export const REQUIRED_LABELS = ['team', 'cost_center', 'project', 'environment'] as const
export type RequiredLabel = (typeof REQUIRED_LABELS)[number]

export function keyById(view: SpendView, keyId: string): ApiKey | undefined {
  return view.entities.api_key.get(keyId)
}

/** Finds a key by the public part of its secret; the caller still has to prove the secret. */
export function keyBySecretPrefix(view: SpendView, secretPrefix: string): ApiKey | undefined {
  const id = view.keyIdBySecretPrefix.get(secretPrefix)
  return id === undefined ? undefined : view.entities.api_key.get(id)
}

/** The proof that a secret with this public part is held against: the key's own, or a former one while it is still valid. */
export function keptSecretOf(key: ApiKey, secretPrefix: string, atMs: number): KeptSecret | undefined {
  if (key.secret_prefix === secretPrefix) return key
  const former = key.former_secret
  return former?.secret_prefix === secretPrefix && atMs < former.valid_until_ms ? former : undefined
}

/** Whether a key may be used at that time. */
export function keyIsActive(key: ApiKey, atMs: number): boolean {
  return key.status === 'active' && (key.expires_at_ms === undefined || atMs < key.expires_at_ms)
}

/**
 * The labels that the registry gives a key: its own ones, and the required ones over them.
 * `undefined` when a required one is missing: such a key is as good as disabled.
 */
export function canonicalLabelsOf(view: SpendView, key: ApiKey): Labels | undefined {
  const path = pathOfKey(view, key)
  if (path === undefined || key.environment === '' || path.cost_center === '') return undefined
  const { team, cost_center, project } = path
  return { ...key.labels, team, cost_center, project, environment: key.environment }
}

/** The labels that a key gives to its events; `undefined` when a required one is missing, which is as good as disabled. */
export function keyLabelsOf(view: SpendView, key: ApiKey): Labels | undefined {
  return key.labels_from === 'registry' ? canonicalLabelsOf(view, key) : key.labels
}
