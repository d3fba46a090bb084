import { createHash } from 'node:crypto'

import type { ScopeId } from '../scope/scope.ts'
import type { AlertRule } from './spend-alert.ts'

/** What makes two alerts the same one. */
export interface AlertIdentity {
  readonly rule: AlertRule
  readonly scope: ScopeId
  readonly allocation_id: string | null
  readonly window: string
  readonly period: string
  readonly threshold: number
  /** Counts how often the same rule was armed anew within its period, or says when an anomaly began. */
  readonly episode: number
  /** Tells apart what all the rest does not, such as two grants. */
  readonly about?: string
}

/** 96 bits of SHA-256 over the identity, so that every replay names an alert alike. */
export function alertId(identity: AlertIdentity): string {
  const { rule, scope, allocation_id, window, period, threshold, episode } = identity
  const named = identity.about === undefined ? [] : [identity.about]
  const text = JSON.stringify([rule, scope, allocation_id, window, period, threshold, episode, ...named])
  return `alert_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
}
