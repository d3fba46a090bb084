import type {
  AlertSeverity,
  Allocation,
  AlertTier,
  DailyBaseline,
  Finding,
  LeaseRequest,
  LeaseReturn,
  LeaseTick,
} from '@meterline/domain'

import type { BurnState } from './state/burn-state.ts'
import type { ScopeBurn } from './state/scope-burn.ts'
import type { Spend } from './wire/delta-scan.ts'

/** Something that happened in the log, as it goes from step to step: spend in a scope, rejected usage, time passing, other budgets. */
export type Moment =
  | {
      readonly kind: 'spent'
      readonly burn: BurnState
      readonly scope: ScopeBurn
      readonly delta: Spend
    }
  | {
      readonly kind: 'rejected'
      readonly burn: BurnState
      readonly scope: ScopeBurn
      readonly requests: number
    }
  | { readonly kind: 'passed'; readonly burn: BurnState; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'policy'; readonly burn: BurnState }

/** What concerns leases alone, with its place in the log. */
export type LeaseMoment =
  | {
      readonly kind: 'asked'
      readonly burn: BurnState
      readonly request: LeaseRequest
      readonly offset: number
    }
  | {
      readonly kind: 'given_back'
      readonly burn: BurnState
      readonly report: LeaseReturn
      readonly offset: number
    }
  | { readonly kind: 'ticked'; readonly burn: BurnState; readonly tick: LeaseTick }

/** A moment and the scores that say something about it. */
export type ScoredMoment = Moment & { readonly findings: readonly RuleFinding[] }

/** What a rule found in one scope, with the figures of the alert that it may become. */
export interface RuleFinding extends Finding {
  readonly scope: ScopeBurn
  readonly severity: AlertSeverity
  readonly observed: number
  readonly currentMicro: number
  readonly baseline: DailyBaseline | null
  readonly z: number | null
  readonly allocation: Allocation | null
  readonly tier: AlertTier | null
  /** Whom the policy behind it names, where there is one. */
  readonly notify?: readonly string[]
  /** Which requests are behind it, where it is not all usage of the span. */
  readonly evidenceOf?: 'unrated' | 'rejected'
  /** Which spend, and which before it, the drivers and the evidence are taken from. */
  readonly span: AlertSpan
}

export type AlertSpan =
  | {
      readonly kind: 'panes'
      readonly fromMs: number
      readonly toMs: number
      readonly previousFromMs: number
    }
  | { readonly kind: 'day'; readonly day: number }
  | { readonly kind: 'days'; readonly fromDay: number; readonly toDay: number }
  | { readonly kind: 'month'; readonly month: number; readonly today: number }
