import type { ControlEntities, ControlEntityKind } from './control-entities.ts'

/** What a command does to one entity. */
export type ControlChange = {
  readonly [K in ControlEntityKind]:
    | { readonly kind: K; readonly id: string; readonly type: 'put'; readonly data: ControlEntities[K] }
    | { readonly kind: K; readonly id: string; readonly type: 'removed' }
}[ControlEntityKind]

interface ControlEventHead {
  readonly schema: 1
  /**
   * UUID of the command that caused it, so that an append can be recognised. Of a command with an idempotency key it follows
   * from the key and the actor, and has a fingerprint of the request behind it: `<uuid>/<fingerprint>`.
   */
  readonly command_id: string
  readonly at_ms: number
  /** `user:<id>`, `token:<id>`, or the part of Meterline that decided: `system:<name>`. */
  readonly actor: string
}

/** One record of `control.log`: JSON, keyed by `kind:id`. The log is the audit trail. */
export type ControlEvent = ControlEventHead & ControlChange

/**
 * Why a command is not carried out. `field` is the path of what is wrong in the command, where it is one field; `about` the entity that
 * it is a field of, where the command brings several.
 */
export interface Refusal {
  readonly code: string
  readonly message: string
  readonly field?: string
  readonly about?: { readonly kind: ControlEntityKind; readonly id: string }
  /** The way out. */
  readonly hint?: string
}

/** What is done all the same, and is likely to be a mistake. In the words of a refusal. */
export type Warning = Refusal & Required<Pick<Refusal, 'field' | 'about'>>

/** What a command comes to: changes that stand or fall together, or a refusal. */
export type Decision =
  | { readonly ok: true; readonly changes: readonly ControlChange[] }
  | { readonly ok: false; readonly refusal: Refusal }

/** When and by whom a command was given. The core reads no clock. */
export interface CommandHead {
  readonly commandId: string
  readonly atMs: number
  readonly actor: string
}
