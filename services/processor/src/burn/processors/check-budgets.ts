import type { AlertMemory, AlertRule, ResolveReason, SpendAlert } from '@meterline/domain'
import {
  alertUnderNewPolicy,
  dayName,
  isPolicyRule,
  monthName,
  nextAlert,
  resolveAlert,
  SPEND_ALERT_CONTENT_TYPE,
  spendAlertJson,
} from '@meterline/domain'
import type { OutputMessage, Processor, StepContext } from '@meterline/topology'

import { alertContent, sharedContent } from '../alert-content.ts'
import type { RuleFinding, ScoredMoment } from '../moment.ts'
import { budgetFindings, tiersOf } from '../rules/budget-findings.ts'
import { limitFindings } from '../rules/limit-findings.ts'
import { memoryName } from '../rules/memory-name.ts'
import { isSilentToday, quietRange } from '../rules/quiet-range.ts'
import { isStillAsked } from '../rules/still-asked.ts'
import type { BurnState } from '../state/burn-state.ts'

/**
 * A range costs about as much as looking this often: found for every look, it would cost a history of months, in which a range
 * holds for a delta or two, many times what it spares.
 */
const LOOKS_PER_RANGE = 32

/**
 * Holds spend against budgets at every delta that may change something, and says what changed as alerts. Whatever it decides rests on the log alone, not on
 * how the log is cut into batches, so a replay gives the same alerts, byte for byte.
 */
export function checkBudgets(context: StepContext<OutputMessage>): Processor<ScoredMoment> {
  return {
    process(moment) {
      for (const alert of alertsOf(moment)) {
        context.forward({
          key: alert.scope,
          value: Buffer.from(spendAlertJson(alert)),
          headers: { 'content-type': SPEND_ALERT_CONTENT_TYPE },
          timestampMs: moment.burn.clockMs,
        })
      }
      if (moment.kind === 'spent') {
        const { burn, scope } = moment
        scope.looks += 1
        if (scope.isQuiet(burn.clockMs, burn.calendar)) return
        if (scope.looks >= LOOKS_PER_RANGE || isSilentToday(burn, scope)) {
          scope.looks = 0
          scope.quiet = quietRange(burn, scope)
        }
      }
    },
  }
}

function alertsOf(moment: ScoredMoment): SpendAlert[] {
  const { burn } = moment
  const scored = moment.findings.flatMap((finding) => settle(burn, [finding]))
  switch (moment.kind) {
    case 'spent': {
      const { scope } = moment
      const budgets = burn
        .allocationsOf(scope.scope)
        .flatMap((allocation) => settle(burn, budgetFindings(burn, scope, allocation)))
      return [...budgets, ...scored]
    }
    case 'rejected':
      return scored
    case 'passed': {
      const dayChanged = burn.calendar.day(moment.toMs) !== burn.calendar.day(Math.max(0, moment.fromMs))
      return dayChanged ? [...endPeriods(burn), ...scored] : scored
    }
    case 'policy':
      return [...endRemoved(burn), ...recheck(burn), ...scored]
  }
}

/**
 * Remembers what is new in the findings of one allocation and returns it, lowest threshold first. Where one delta crosses the
 * hard cap and lower thresholds together, all are said, and the lower ones name the one that matters.
 */
function settle(burn: BurnState, findings: readonly RuleFinding[]): SpendAlert[] {
  const contentOf = sharedContent(burn)
  const news = findings.flatMap((finding) => {
    const name = memoryName(finding)
    const next = nextAlert(finding.scope.alerts.get(name), finding, () => contentOf(finding))
    return next === undefined ? [] : [{ name, finding, next }]
  })
  if (news.length === 0) return []
  const hardCap = news.find(({ next }) => next.alert.severity === 'hard_cap' && next.alert.state === 'firing')
  const said = news.map(({ name, finding, next }) => {
    const superseded =
      hardCap !== undefined && next.alert.rule === 'budget_threshold' && next.alert.severity !== 'hard_cap'
    const memory = superseded
      ? { ...next, alert: { ...next.alert, superseded_by: hardCap.next.alert.id } }
      : next
    remember(finding, name, memory)
    return memory.alert
  })
  return said.sort((a, b) => a.threshold - b.threshold)
}

function remember({ scope, beganMs }: RuleFinding, name: string, memory: AlertMemory): void {
  // What has a beginning may come again in its period, as another episode; a threshold speaks once per period.
  if (beganMs !== undefined && memory.alert.state === 'resolved') scope.alerts.delete(name)
  else scope.alerts.set(name, memory)
  scope.quiet = undefined
  scope.marks.mark('alert', 0, name)
}

/** Midnight: what belongs to a day or month that is over is resolved and forgotten. */
function endPeriods(burn: BurnState): SpendAlert[] {
  const today = burn.calendar.day(burn.clockMs)
  const current = new Set([dayName(today), monthName(burn.calendar.month(today))])
  return forget(
    burn,
    'period_over',
    ({ alert }) => !current.has(alert.period) && !ENDS_BY_ITSELF.has(alert.rule),
  )
}

/** Their period says when they began, or what they are about: midnight does not end them. */
const ENDS_BY_ITSELF: ReadonlySet<AlertRule> = new Set([
  'anomaly_seasonal',
  'anomaly_weekly',
  'silence',
  'grant_expiring',
  'limit_review',
])

/** Alerts of allocations, tiers, limits, grants and rules that the policy no longer has, or has with another threshold. */
function endRemoved(burn: BurnState): SpendAlert[] {
  const kept = new Set(
    burn.policy.allocations.flatMap((allocation) =>
      tiersOf(allocation).map(({ basis, threshold }) => {
        const rule = basis === 'monthly_allocation' ? 'budget_threshold' : basis
        return `${rule}|${allocation.id}|${allocation.scope}|${threshold}`
      }),
    ),
  )
  return forget(burn, 'policy_changed', ({ alert }) => {
    if (isOfPolicy(alert)) return !isStillAsked(burn, alert)
    const { rule, allocation_id, scope, threshold } = alert
    return !kept.has(`${rule}|${allocation_id}|${scope}|${threshold}`)
  })
}

/** Month-over-month is both a tier of an allocation and a rule of its own. */
function isOfPolicy({ rule, allocation_id }: SpendAlert): boolean {
  return isPolicyRule(rule) && !(rule === 'month_over_month' && allocation_id !== null)
}

function forget(
  burn: BurnState,
  reason: ResolveReason,
  isOver: (memory: AlertMemory) => boolean,
): SpendAlert[] {
  const resolved: SpendAlert[] = []
  for (const scope of burn.scopesWithAlerts()) {
    for (const [name, memory] of [...scope.alerts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!isOver(memory)) continue
      scope.alerts.delete(name)
      scope.quiet = undefined
      scope.marks.mark('alert', 0, name)
      if (memory.alert.state !== 'firing') continue
      resolved.push(resolveAlert(memory, reason, { at: new Date(burn.clockMs).toISOString() }).alert)
    }
  }
  return resolved
}

/** Budgets, and limits that were reached, held against the policy as it is now. */
function recheck(burn: BurnState): SpendAlert[] {
  const budgets = [...burn.policy.allocations]
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .flatMap((allocation) => {
      const scope = burn.scopes.get(allocation.scope)
      if (scope === undefined) return []
      const findings = budgetFindings(burn, scope, allocation)
      return [...settleFiring(burn, findings), ...settle(burn, findings)]
    })
  const limits = burn
    .scopesWithAlerts()
    .filter(({ alerts }) => [...alerts.values()].some(({ alert }) => alert.rule === 'limit_reached'))
    .flatMap((scope) => settleFiring(burn, limitFindings(burn, scope)))
  return [...budgets, ...limits]
}

function settleFiring(burn: BurnState, findings: readonly RuleFinding[]): SpendAlert[] {
  return findings.flatMap((finding) => {
    const name = memoryName(finding)
    const known = finding.scope.alerts.get(name)
    const next = alertUnderNewPolicy(known, finding, () => alertContent(burn, finding))
    if (next === undefined) return []
    remember(finding, name, next)
    return next.alert === known?.alert ? [] : [next.alert]
  })
}
