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

/** One run of an action: what was asked of which system, what came of it, and how it is undone. */
export interface ActionRun {
  readonly id: string
  readonly type: ActionType
  readonly target: 'gateway' | 'control' | 'openai' | 'anthropic' | 'ticket'
  readonly scope: ScopeId
  readonly params: Readonly<Record<string, string | number | boolean>>
  /** The alert that asked for it; `null` when a person did. */
  readonly alert_id: string | null
  readonly dry_run: boolean
  readonly state: 'planned' | 'done' | 'failed' | 'undone'
  readonly result: string
  readonly started_at_ms: number
  /** What `undo` needs to bring the former state back. */
  readonly undo: Readonly<Record<string, string | number | boolean>> | null
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
