import type { ScopeId } from '../scope/scope.ts'

export const ROLES = [
  'viewer',
  'team_lead',
  'finance',
  'engineering_approver',
  'platform_owner',
  'security',
  'admin',
] as const
export type Role = (typeof ROLES)[number]

/** A role over a part of the hierarchy: `org:<id>` is all of it. */
export interface RoleBinding {
  readonly role: Role
  readonly scope: ScopeId
}

/** A person. Everybody sees the own usage; all else comes from the bindings. */
export interface User {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly status: 'active' | 'disabled'
  readonly bindings: readonly RoleBinding[]
  /** PHC string of argon2id; `null` where the person signs in through OIDC only. */
  readonly password_hash: string | null
  /** `<issuer>|<sub>`; `null` for local accounts. */
  readonly oidc_subject: string | null
  /** Sessions issued before it are over: set by a sign-out everywhere, a new password, a disabling. */
  readonly sessions_valid_from_ms: number
}

/** A machine's credential; the secret is shown once and proven like that of an API key. */
export interface ServiceToken {
  readonly id: string
  readonly name: string
  readonly status: 'active' | 'disabled'
  readonly bindings: readonly RoleBinding[]
  readonly expires_at_ms: number | null
  readonly secret_prefix: string
  readonly secret_salt: string
  readonly secret_hash: string
}

/** Which values a usage label may have, and whether it must be there. */
export interface LabelPolicy {
  readonly id: string
  readonly label: string
  readonly required: boolean
  /** Empty: any. */
  readonly allowed_values: readonly string[]
}

export interface AccessEntities {
  readonly user: User
  readonly service_token: ServiceToken
  readonly label_policy: LabelPolicy
}
