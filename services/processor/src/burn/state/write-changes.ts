import { encodeBurnChange } from '@meterline/contract'
import type { BurnChange } from '@meterline/domain'
import { MINUTE_MS } from '@meterline/domain'

import type { MinuteChange } from '../wire/encode-minute.ts'
import { encodeNumbers } from '../wire/encode-numbers.ts'
import type { BurnState } from './burn-state.ts'
import type { Mark } from './change-marks.ts'
import type { ScopeBurn } from './scope-burn.ts'

const SECONDS_PER_MINUTE = 60
const MINUTES_PER_HOUR = 60

/** A record of burn.changelog; `datum` is `null` for what is no longer kept. */
export interface ChangelogEntry {
  readonly key: string
  readonly datum: Buffer | null
}

/** A minute as it stands now, with the hour and the day that it is part of; `undefined`: it is no longer kept. */
export function minuteChange(scope: ScopeBurn, pane: number, state: BurnState): MinuteChange | undefined {
  if (!scope.windows.minutes.has(pane)) return undefined
  return { scope: scope.scope, pane, ...minuteValue(scope, pane, state) }
}

/** The marked values of a scope as they stand now, its minutes apart. The marks are taken. */
export function scopeChanges(scope: ScopeBurn, state: BurnState): ChangelogEntry[] {
  if (scope.marks.isEmpty) return []
  return scope.marks.take().map((mark) => {
    const value = valueOf(scope, mark, state)
    const { kind, pane, name } = mark
    return {
      key: `${scope.scope}|${kind}|${name === '' ? pane : name}`,
      datum: value === undefined ? null : encoded({ kind, scope: scope.scope, pane, name, ...value }),
    }
  })
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

function encoded(change: Partial<BurnChange> & Pick<BurnChange, 'kind' | 'scope' | 'name'>): Buffer {
  const { kind, scope, name, numbers } = change
  return kind === 'detector' && numbers !== undefined
    ? encodeNumbers(scope, name, numbers)
    : encodeBurnChange(change)
}

/** `undefined`: gone. */
function valueOf(
  scope: ScopeBurn,
  { kind, pane, name }: Mark,
  state: BurnState,
): Partial<BurnChange> | undefined {
  switch (kind) {
    case 'minute':
      return minuteChange(scope, pane, state)
    case 'hour':
      return scope.windows.hours.has(pane) ? hourValue(scope, pane) : undefined
    case 'day':
      return scope.days.has(pane) ? dayValue(scope, pane) : undefined
    case 'drivers_five_minutes':
      return driversValue(scope.drivers?.fiveMinutes.at(pane))
    case 'drivers_day':
      return driversValue(scope.drivers?.day.at(pane))
    case 'detector': {
      if (name === 'silence' || name === 'unrated') {
        const watch = scope[name]
        return watch && { numbers: watch.snapshot() }
      }
      const detector = scope.detectors.get(name === '1h' ? '1h' : '5m')
      return detector && { numbers: [scope.seasonalScore ?? Number.NaN, ...detector.snapshot()] }
    }
    case 'alert': {
      const memory = scope.alerts.get(name)
      return memory && { text: JSON.stringify(memory) }
    }
  }
}

/** The hour and the day stand in their newest minute; they get records of their own when their minutes go. */
function minuteValue(
  scope: ScopeBurn,
  minute: number,
  { calendar }: BurnState,
): Omit<MinuteChange, 'scope' | 'pane'> {
  const { windows } = scope
  const hour = Math.floor(minute / MINUTES_PER_HOUR)
  const day = calendar.day(minute * MINUTE_MS)
  const first = minute * SECONDS_PER_MINUTE
  const seconds: BurnChange['seconds'][number][] = []
  windows.seconds.forEachBetween(first, first + SECONDS_PER_MINUTE, (index, credits_micro, requests) => {
    seconds.push({ second: index - first, credits_micro, requests })
  })
  return {
    credits_micro: windows.minutes.valueAt(minute),
    requests: windows.minutes.requestsAt(minute),
    seconds,
    above: [
      { level: 'hour', pane: hour, ...hourValue(scope, hour) },
      { level: 'day', pane: day, ...dayValue(scope, day) },
    ],
  }
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
