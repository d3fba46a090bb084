import type { ScopeId } from '../scope/scope.ts'
import type { Driver } from './spend-delta.ts'

export type BurnChangeKind =
  | 'clock'
  | 'policy'
  | 'minute'
  | 'hour'
  | 'day'
  | 'drivers_five_minutes'
  | 'drivers_day'
  | 'detector'
  | 'alert'
  | 'lease'
  | 'detector_hour'

/** One value of burn's state, absolute; the field notes stand in `schemas/burn-changelog.avsc`. */
export interface BurnChange {
  readonly kind: BurnChangeKind
  readonly scope: ScopeId | ''
  readonly pane: number
  readonly credits_micro: number
  readonly requests: number
  readonly seconds: readonly {
    readonly second: number
    readonly credits_micro: number
    readonly requests: number
  }[]
  readonly above: readonly {
    readonly level: 'hour' | 'day'
    readonly pane: number
    readonly credits_micro: number
    readonly requests: number
  }[]
  readonly drivers: readonly Driver[]
  readonly numbers: readonly number[]
  readonly name: string
  readonly text: string | null
}
