import type { Scope } from './scope-table.ts'

/** Organization to project, and the allocation: what events with the same attribution add up for together. */
export interface PathScopes {
  /** A scope of its own, that is never written. */
  readonly self: Scope
  readonly scopes: readonly Scope[]
}
