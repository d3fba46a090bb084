import type { ScopeId } from '../scope/scope.ts'
import type { AlertSeverity } from './spend-alert.ts'

type Settings = Readonly<Record<string, string | number | boolean>>

/** A rule beyond an allocation's tiers: burn rate, silence of a team, unrated usage, … Switched off until `enabled`. */
export interface AlertPolicy {
  readonly id: string
  readonly rule: string
  /** One scope, or `<kind>:*` for all of a kind. */
  readonly scope: ScopeId
  readonly severity: AlertSeverity
  readonly params: Settings
  readonly minimum_credits_micro: number
  readonly notify: readonly string[]
  readonly enabled: boolean
}

export type ChannelType = 'slack' | 'email' | 'webhook' | 'pagerduty' | 'alertmanager'

/** Where notifications go. Secrets stand in the notifier's environment; a channel names the variable. */
export interface Channel {
  readonly id: string
  readonly type: ChannelType
  readonly settings: Settings
}

/** Empty lists match everything. */
export interface AlertMatch {
  readonly severities: readonly AlertSeverity[]
  readonly rules: readonly string[]
  readonly scopes: readonly ScopeId[]
  readonly environments: readonly string[]
}

/** The first route that matches takes the alert, and goes on to the next when it says so. */
export interface AlertRoute {
  readonly id: string
  readonly position: number
  readonly match: AlertMatch
  readonly channels: readonly string[]
  readonly escalate_to: readonly string[]
  /** Alerts with the same values of these fields go out together. */
  readonly group_by: readonly ('allocation_id' | 'scope' | 'rule' | 'severity')[]
  readonly group_wait_ms: number
  readonly repeat_interval_ms: number
  readonly continue: boolean
}

export interface Silence {
  readonly id: string
  readonly match: AlertMatch
  readonly starts_at_ms: number
  readonly ends_at_ms: number
  readonly comment: string
}

/** What a person said of an alert; the id is the alert's. */
export interface AlertMark {
  readonly id: string
  readonly state: 'acknowledged' | 'resolved'
  readonly by: string
  readonly at_ms: number
  readonly note: string
}

/** A release that is expected to change spend. */
export interface Release {
  readonly id: string
  readonly name: string
  readonly scope: ScopeId
  /** Day in the reporting time zone, `2026-11-21`. */
  readonly day: string
  readonly expected_extra_credits_micro: number
}

export interface AlertEntities {
  readonly alert_policy: AlertPolicy
  readonly channel: Channel
  readonly alert_route: AlertRoute
  readonly silence: Silence
  readonly alert_mark: AlertMark
  readonly release: Release
}
