import type { ScopeId } from '../scope/scope.ts'

export const ACTION_TYPES = [
  'rate_limit',
  'block',
  'disable_key',
  'rotate_key',
  'ticket',
  'suggest_model',
  'provider_rate_limit',
  'provider_spend_limit',
  'provider_disable_key',
] as const
export type ActionType = (typeof ACTION_TYPES)[number]

export type ActionTarget = 'gateway' | 'control' | 'openai' | 'anthropic' | 'ticket'

/**
 * `planned` waits for a person; `approved` is to be carried out, by a policy's or a person's word; `running` has its undo written
 * down and may have had its effect; `undoing` is the same on the way back.
 */
export type ActionState = 'planned' | 'approved' | 'running' | 'done' | 'failed' | 'undoing' | 'undone'

export type ActionParams = Readonly<Record<string, string | number | boolean>>

/** One run of an action: what was asked of which system, what came of it, and how it is undone. */
export interface ActionRun {
  /** For an alert's action it follows from the alert and the type, so that there is one run of it. */
  readonly id: string
  readonly type: ActionType
  readonly target: ActionTarget
  readonly scope: ScopeId
  readonly params: ActionParams
  /** The alert that asked for it; `null` when a person did. */
  readonly alert_id: string | null
  readonly dry_run: boolean
  readonly state: ActionState
  /** Who let it run: `policy:<id>`, `user:<id>`, `token:<id>`; `null` while nobody did. */
  readonly approved_by: string | null
  readonly result: string
  readonly started_at_ms: number
  /** What `undo` needs to bring the former state back; `null` where nothing has changed, or nothing can be undone. */
  readonly undo: ActionParams | null
}

/** Which actions may run without a person, and where. Anything else is planned and waits. */
export interface ActionPolicy {
  readonly id: string
  readonly scope: ScopeId
  readonly automatic: readonly ActionType[]
  readonly dry_run: boolean
}

export interface ActionEntities {
  readonly action_run: ActionRun
  readonly action_policy: ActionPolicy
}
