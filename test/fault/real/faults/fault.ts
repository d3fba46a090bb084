import type { Form } from '../form.ts'
import type { SteadyTraffic } from '../traffic/steady-traffic.ts'
import type { World } from '../world/world.ts'

/** What a fault has to work with. */
export interface Scene {
  readonly world: World
  readonly traffic: SteadyTraffic
  readonly form: Form
  /** Seeded, in [0, 1). */
  readonly next: () => number
}

/**
 * - `struck`: it happened and is over; progress is measured from here on. `note` is for the table.
 * - `not-run`: it could not happen here. The run says so, and does not pass for it.
 */
export type Strike =
  | { readonly kind: 'struck'; readonly note?: string }
  | { readonly kind: 'not-run'; readonly why: string }

/** One kind of mishap: one file each. */
export interface Fault {
  readonly name: string
  /** For the table: what is done. */
  readonly what: string
  /** The whole path goes on within this, once the fault is over. */
  readonly recoversWithinMs: number
  /** Whether the short form may draw it: what takes long is left to the long one. */
  readonly isQuick: boolean
  /** More than replication promises to bear: only when asked for by its name. */
  readonly isBeyondPromise?: true
  /** Does it and, where it lasts, ends it. Throws when something that must hold meanwhile does not. */
  strike(scene: Scene): Promise<Strike>
}

export function oneOf<T>(candidates: readonly T[], next: () => number): T {
  const chosen = candidates[Math.floor(next() * candidates.length)]
  if (chosen === undefined) throw new RangeError('there is nothing to choose from')
  return chosen
}
