import type { SeasonalPane } from '@meterline/domain'
import { dayName, MINUTE_MS, PANE_GRACE_MS, SEASONAL_PANES } from '@meterline/domain'
import type { Processor, StepContext } from '@meterline/topology'

import type { Moment, RuleFinding, ScoredMoment } from '../moment.ts'
import { dailyFinding } from '../rules/daily-finding.ts'
import { firingAlert } from '../rules/policy-finding.ts'
import { silenceFinding } from '../rules/silence-finding.ts'
import { weeklyFindings } from '../rules/weekly-findings.ts'
import type { BurnState } from '../state/burn-state.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'

/** After a longer silence of the log nothing is known of the panes in between, and they are not scored: a gap is no zero. */
const MAX_PANES_CLOSED_AT_ONCE = 12

/**
 * Adds to each moment what the scores say: the daily z of the scope that spent, the seasonal score and the silence of each pane
 * that closed, the rise of the week when a day begins.
 */
export function scoreAnomalies(context: StepContext<ScoredMoment>): Processor<Moment> {
  return {
    process(moment) {
      context.forward({ ...moment, findings: findingsOf(moment) })
    },
  }
}

function findingsOf(moment: Moment): readonly RuleFinding[] {
  const { burn } = moment
  switch (moment.kind) {
    case 'spent': {
      const { scope } = moment
      const { daily } = burn.rulesOf(scope)
      if (daily === undefined || !burn.isWatched(scope)) return NONE
      return [dailyFinding(burn, scope, daily, scope.days.creditsMicro(burn.calendar.day(burn.clockMs)))]
    }
    case 'passed': {
      const findings = PANES.flatMap((pane) => seasonalFindings(moment, pane))
      const { calendar } = burn
      const isNewDay = calendar.day(moment.toMs) !== calendar.day(Math.max(0, moment.fromMs))
      return isNewDay ? [...findings, ...weeklyFindings(burn)] : findings
    }
    case 'rejected':
    case 'policy':
      return NONE
  }
}

const NONE: readonly RuleFinding[] = []
const PANES: readonly SeasonalPane[] = ['5m', '1h']

/** Every watched scope is scored for every pane, also without spend: silence is what makes an anomaly end. */
function seasonalFindings(moment: Moment & { readonly kind: 'passed' }, pane: SeasonalPane): RuleFinding[] {
  const { burn, fromMs, toMs } = moment
  const paneMs = SEASONAL_PANES[pane]
  const firstEnd = Math.floor((fromMs - PANE_GRACE_MS) / paneMs) + 1
  const lastEnd = Math.floor((toMs - PANE_GRACE_MS) / paneMs)
  if (fromMs === -Infinity || lastEnd - firstEnd >= MAX_PANES_CLOSED_AT_ONCE) return []
  const findings: RuleFinding[] = []
  for (let end = firstEnd; end <= lastEnd; end++) {
    for (const scope of burn.watchedScopes()) {
      findings.push(...closePane(burn, scope, { pane, endMs: end * paneMs }))
    }
  }
  return findings
}

function closePane(
  burn: BurnState,
  scope: ScopeBurn,
  { pane, endMs }: { readonly pane: SeasonalPane; readonly endMs: number },
): readonly RuleFinding[] {
  const { threshold, n } = burn.anomalies.seasonal
  const startMs = endMs - SEASONAL_PANES[pane]
  const { currentMicro, isActive } = spendBetween(scope, startMs, endMs)
  const day = burn.calendar.day(startMs)
  const score = burn.watchedPane(scope, pane).observe({
    timestampMs: startMs,
    value: currentMicro,
    factor: scope.monthFactor(burn.calendar, day),
  })
  if (pane === '5m') scope.seasonalScore = score.score
  scope.marks.markDetectors()
  const { seasonal } = burn.rulesOf(scope)
  const silent =
    pane === '5m' ? silenceFinding(burn, scope, { startMs, isActive, ownHour: score.ownHour }) : NONE
  const memory = firingAlert(scope, { rule: 'anomaly_seasonal', window: pane })
  if ((!score.anomaly || seasonal === undefined) && memory === undefined) return silent
  const isLarge = currentMicro - score.expected >= (seasonal?.minimum_credits_micro ?? 0)
  const finding: RuleFinding = {
    scope,
    allocation: null,
    tier: null,
    limitMicro: null,
    severity: seasonal?.severity ?? 'warning',
    notify: seasonal?.notify ?? [],
    currentMicro,
    identity: {
      rule: 'anomaly_seasonal',
      scope: scope.scope,
      allocation_id: null,
      window: pane,
      period: memory?.alert.period ?? dayName(day),
      threshold,
    },
    beganMs: memory?.episode ?? startMs,
    standing: !score.anomaly || seasonal === undefined ? 'below' : isLarge ? 'crossed' : 'between',
    observed: score.score,
    baseline: { mean: score.expected, stddev: score.deviation, samples: score.samples },
    z: null,
    // An anomaly is known `n` panes after it began at the latest: as many panes back, all was still as usual.
    span: { kind: 'panes', fromMs: startMs, toMs: endMs, previousFromMs: startMs - n * SEASONAL_PANES[pane] },
  }
  return silent.length === 0 ? [finding] : [finding, ...silent]
}

/** Usage that cost nothing is usage too. */
function spendBetween(scope: ScopeBurn, fromMs: number, toMs: number) {
  let [currentMicro, isActive] = [0, false]
  scope.windows.minutes.forEachBetween(fromMs / MINUTE_MS, toMs / MINUTE_MS, (_, credits, requests) => {
    currentMicro += credits
    isActive ||= requests > 0 || credits > 0
  })
  return { currentMicro, isActive }
}
