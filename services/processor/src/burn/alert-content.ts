import type { AlertContent, Calendar } from '@meterline/domain'
import { DRIVER_SPANS, evidenceSql, monthLimitMicro, topDrivers } from '@meterline/domain'

import type { AlertSpan, RuleFinding } from './moment.ts'
import type { BurnState } from './state/burn-state.ts'
import type { ScopeBurn } from './state/scope-burn.ts'

const MICRO = 1_000_000
const DRIVERS_PER_DIMENSION = 3

type OfSpan = Pick<AlertContent, 'drivers' | 'evidence'>

/**
 * As `alertContent`, for findings of one moment: those about one scope and span, such as the thresholds that a spend crosses
 * together, share what takes the most room of an alert, for as long as it is remembered.
 */
export function sharedContent(burn: BurnState): (finding: RuleFinding) => AlertContent {
  // Most moments have nothing to say, and make none.
  let known: Map<string, OfSpan> | undefined
  return (finding) => {
    known ??= new Map()
    const { scope, span, evidenceOf, identity } = finding
    const key = JSON.stringify([scope.scope, identity.scope, span, evidenceOf])
    const content = alertContent(burn, finding, known.get(key))
    known.set(key, content)
    return content
  }
}

/** Everything in an alert that follows from a finding. */
export function alertContent(
  burn: BurnState,
  finding: RuleFinding,
  ofSpan: OfSpan = ofSpanOf(burn, finding),
): AlertContent {
  const { currentMicro, severity, observed, baseline, z } = finding
  // A reminder is kept with the organization's spend, and is about another scope.
  const { scope } = finding.identity
  const allocation = finding.allocation ?? burn.allocationsOf(scope)[0] ?? null
  const month = burn.calendar.month(burn.calendar.day(burn.clockMs))
  const monthlyMicro = allocation === null ? null : monthLimitMicro(allocation, month)
  const named = finding.tier?.notify ?? finding.notify ?? []
  return {
    severity,
    organization: burn.policy.organization,
    current_usage: currentMicro / MICRO,
    current_usage_micro: currentMicro,
    monthly_allocation: monthlyMicro === null ? null : monthlyMicro / MICRO,
    monthly_allocation_micro: monthlyMicro,
    observed,
    baseline,
    z,
    at: new Date(burn.clockMs).toISOString(),
    superseded_by: null,
    drivers: ofSpan.drivers,
    action: finding.tier?.action ?? null,
    notify: named.length === 0 ? (allocation?.contacts ?? []) : named,
    evidence: ofSpan.evidence,
  }
}

function ofSpanOf(burn: BurnState, { identity, scope: kept, span, evidenceOf }: RuleFinding): OfSpan {
  const { scope } = identity
  return {
    drivers: scope === kept.scope ? driversOf(kept, span, burn.calendar) : [],
    evidence: {
      sql: evidenceSql({
        organization: burn.policy.organization,
        scope,
        ...(evidenceOf === undefined ? {} : { of: evidenceOf }),
        ...timesOf(span, burn.calendar),
      }),
    },
  }
}

/** Against the same span before: as many panes, the day, or as many days of the last month. */
function driversOf(scope: ScopeBurn, span: AlertSpan, calendar: Calendar): AlertContent['drivers'] {
  if (scope.drivers === undefined) return []
  const { fiveMinutes, day } = scope.drivers
  switch (span.kind) {
    case 'panes': {
      const [from, to, previous] = [span.fromMs, span.toMs, span.previousFromMs].map(
        (ms) => ms / DRIVER_SPANS.five_minutes.paneMs,
      ) as [number, number, number]
      const before = fiveMinutes.between(previous, previous + to - from)
      return topDrivers(fiveMinutes.between(from, to), before, DRIVERS_PER_DIMENSION)
    }
    case 'day':
      return topDrivers(day.at(span.day), day.at(span.day - 1), DRIVERS_PER_DIMENSION)
    case 'days': {
      const { fromDay, toDay } = span
      const before = day.between(fromDay - (toDay - fromDay), fromDay)
      return topDrivers(day.between(fromDay, toDay), before, DRIVERS_PER_DIMENSION)
    }
    case 'month': {
      const from = calendar.monthStartDay(span.month)
      const fromBefore = calendar.monthStartDay(span.month - 1)
      const days = span.today + 1 - from
      return topDrivers(
        day.between(from, from + days),
        day.between(fromBefore, Math.min(fromBefore + days, from)),
        DRIVERS_PER_DIMENSION,
      )
    }
  }
}

function timesOf(span: AlertSpan, calendar: Calendar): { readonly fromMs: number; readonly toMs: number } {
  switch (span.kind) {
    case 'panes':
      return { fromMs: span.fromMs, toMs: span.toMs }
    case 'day':
      return { fromMs: calendar.dayStartMs(span.day), toMs: calendar.dayStartMs(span.day + 1) }
    case 'days':
      return { fromMs: calendar.dayStartMs(span.fromDay), toMs: calendar.dayStartMs(span.toDay) }
    case 'month':
      return {
        fromMs: calendar.dayStartMs(calendar.monthStartDay(span.month)),
        toMs: calendar.dayStartMs(calendar.monthStartDay(span.month + 1)),
      }
  }
}
