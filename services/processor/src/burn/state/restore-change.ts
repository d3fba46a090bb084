import type { AlertMemory, BurnChange, OwnedAccount, ScopeId } from '@meterline/domain'
import { DAY_RETENTION } from '@meterline/domain'

import type { BurnState } from './burn-state.ts'
import { removeWatched, restoreWatched } from './restore-watched.ts'
import type { ScopeBurn } from './scope-burn.ts'

const SECONDS_PER_MINUTE = 60

/**
 * Applies one record of burn.changelog. Values are absolute, so records may come more than once, and values that were evicted
 * since may come too: `settleRestored` evicts them again.
 */
export function restoreChange(state: BurnState, change: BurnChange): void {
  switch (change.kind) {
    case 'clock':
      state.clockMs = Math.max(state.clockMs, change.pane)
      state.tickMs = Math.max(state.tickMs, change.numbers[0] ?? -Infinity)
      return
    case 'lease':
      if (change.scope === '') throw new TypeError('a lease in the changelog has no scope')
      state.leases.restore(change.scope, change.name, JSON.parse(change.text ?? '') as OwnedAccount)
      return
    case 'policy':
      state.adopt({ kind: 'policy', pane_start: 0, policy: change.text ?? '', policy_offset: change.pane })
      return
    case 'minute':
    case 'hour':
    case 'day':
    case 'drivers_five_minutes':
    case 'drivers_day':
    case 'detector':
    case 'detector_hour':
    case 'alert':
      if (change.scope === '') throw new TypeError(`a ${change.kind} in the changelog has no scope`)
      restoreScope(state, state.scope(change.scope), change)
  }
}

/**
 * A tombstone. A pane is removed only when the clock has gone past its retention, so the ring may move on as far: what was
 * written of it before, in a log not yet compacted, is not evicted once more.
 */
export function restoreRemoval(state: BurnState, key: string): void {
  const [, leased, lease = ''] = LEASE.exec(key) ?? []
  if (leased !== undefined) state.leases.restore(leased as ScopeId, lease, undefined)
  const removed = removedOf(state, key)
  if (removed === undefined) return
  const { scope, kind, name } = removed
  const { minutes, hours } = scope.windows
  if (kind === 'alert') scope.alerts.delete(name)
  if (kind === 'detector') removeWatched(scope, name)
  // The hours of a detector are removed with it, in the same batch.
  if (kind === 'minute') minutes.advance(Number(name) + minutes.retentionPanes)
  if (kind === 'hour') hours.advance(Number(name) + hours.retentionPanes)
  if (kind === 'day') scope.days.advance(Number(name) + DAY_RETENTION)
}

const LEASE = /^(.*)\|lease\|(.*)$/s
const REMOVED = /\|(minute|hour|day|detector|detector_hour|alert)\|/g

/** Scopes and names may hold bars and words of their own: of all ways to cut the key the one with the longest known scope is it. */
function removedOf(state: BurnState, key: string) {
  for (const match of [...key.matchAll(REMOVED)].reverse()) {
    const scope = state.scopes.get(key.slice(0, match.index) as ScopeId)
    if (scope !== undefined) return { scope, kind: match[1], name: key.slice(match.index + match[0].length) }
  }
  return undefined
}

/**
 * After the last record: everything is moved on to the restored clock. What that evicts is marked, and written with the next
 * batch; scopes of which nothing is left are dropped. What is merely idle is not: without the restart it would still be there.
 */
export function settleRestored(state: BurnState): void {
  if (state.clockMs === -Infinity) return
  for (const scope of state.scopes.values()) {
    scope.advance(state.clockMs, state.calendar)
    scope.forgetBaselines()
    if (scope.isForgotten) state.remove(scope)
  }
}

function restoreScope(state: BurnState, scope: ScopeBurn, change: BurnChange): void {
  const { pane, credits_micro, requests, name } = change
  switch (change.kind) {
    case 'minute':
      scope.windows.minutes.set(pane, credits_micro, requests)
      for (const each of change.seconds) {
        scope.windows.seconds.set(pane * SECONDS_PER_MINUTE + each.second, each.credits_micro, each.requests)
      }
      for (const each of change.above) {
        const panes = each.level === 'hour' ? scope.windows.hours : scope.days
        panes.set(each.pane, each.credits_micro, each.requests)
      }
      return
    case 'hour':
      scope.windows.hours.set(pane, credits_micro, requests)
      return
    case 'day':
      scope.days.set(pane, credits_micro, requests)
      return
    case 'drivers_five_minutes':
      scope.driverPanes().fiveMinutes.set(pane, change.drivers)
      return
    case 'drivers_day':
      scope.driverPanes().day.set(pane, change.drivers)
      return
    case 'detector':
    case 'detector_hour':
      restoreWatched(state, scope, change)
      return
    case 'alert':
      scope.alerts.set(name, JSON.parse(change.text ?? '') as AlertMemory)
      return
    case 'clock':
    case 'lease':
    case 'policy':
      return
  }
}
