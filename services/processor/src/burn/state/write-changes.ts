import { encodeBurnChange } from '@meterline/contract'
import type { BurnChange, RequestRun } from '@meterline/domain'

import type { BurnState } from './burn-state.ts'
import type { Mark } from './change-marks.ts'
import type { ScopeBurn } from './scope-burn.ts'

/** A record of burn.changelog; `datum` is `null` for what is no longer kept. */
export interface ChangelogEntry {
  readonly key: string
  readonly datum: Buffer | null
}

/** The marked values of a scope as they stand now, its minutes and detectors apart. The marks are taken. */
export function otherChanges(scope: ScopeBurn): ChangelogEntry[] {
  return Array.from(scope.marks.takeOthers(), (mark) => {
    const value = valueOf(scope, mark)
    return {
      key: changeKey({ scope: scope.scope, ...mark }),
      datum: value === undefined ? null : encodeBurnChange({ scope: scope.scope, ...mark, ...value }),
    }
  })
}

/** What compaction keeps one record of. */
export function changeKey({
  scope,
  kind,
  pane,
  name,
}: Pick<BurnChange, 'scope' | 'kind' | 'pane' | 'name'>): string {
  if (kind === 'detector_hour') return `${scope}|${kind}|${name}|${pane}`
  return `${scope}|${kind}|${name === '' ? pane : name}`
}

export function clockChange({
  clockMs,
  tickMs,
}: {
  readonly clockMs: number
  readonly tickMs: number
}): ChangelogEntry {
  const numbers = tickMs === -Infinity ? [] : [tickMs]
  return { key: 'clock', datum: encodeBurnChange({ kind: 'clock', pane: clockMs, numbers }) }
}

/** The accounts of leases that changed, each as it stands now. */
export function leaseChanges({ leases }: BurnState): ChangelogEntry[] {
  return leases.takeChanges().map(({ scope, name, account }) => ({
    key: `${scope}|lease|${name}`,
    datum:
      account === undefined
        ? null
        : encodeBurnChange({ kind: 'lease', scope, name, pane: 0, text: JSON.stringify(account) }),
  }))
}

export function policyChange(record: {
  readonly policy: string
  readonly policy_offset: number
}): ChangelogEntry {
  const { policy, policy_offset } = record
  return { key: 'policy', datum: encodeBurnChange({ kind: 'policy', pane: policy_offset, text: policy }) }
}

/** `undefined`: gone. */
function valueOf(scope: ScopeBurn, { kind, pane, name }: Mark): Partial<BurnChange> | undefined {
  switch (kind) {
    case 'minute':
      // Minutes are marked apart.
      return undefined
    case 'hour':
      return scope.windows.hours.has(pane) ? hourValue(scope, pane) : undefined
    case 'day':
      return scope.days.has(pane) ? dayValue(scope, pane) : undefined
    case 'drivers_five_minutes':
      return driversValue(scope.drivers?.fiveMinutes.at(pane))
    case 'drivers_day':
      return driversValue(scope.drivers?.day.at(pane))
    case 'detector':
      // All others are only marked when they are gone.
      return name === 'unrated' || name === 'rejected' ? runValue(scope[name]) : undefined
    case 'detector_hour':
      return undefined
    case 'alert': {
      const memory = scope.alerts.get(name)
      return memory && { text: JSON.stringify(memory) }
    }
  }
}

function runValue(run: RequestRun | undefined): Partial<BurnChange> | undefined {
  return run && { numbers: run.snapshot() }
}

function hourValue({ windows }: ScopeBurn, hour: number) {
  return { credits_micro: windows.hours.valueAt(hour), requests: windows.hours.requestsAt(hour) }
}

function dayValue({ days }: ScopeBurn, day: number) {
  return { credits_micro: days.creditsMicro(day), requests: days.requests(day) }
}

function driversValue(drivers: BurnChange['drivers'] | undefined): Partial<BurnChange> | undefined {
  return drivers === undefined || drivers.length === 0 ? undefined : { drivers }
}
