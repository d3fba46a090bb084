import type { SeasonalPane } from '@meterline/domain'
import {
  createSpendDetector,
  dailyZ,
  dayName,
  MINUTE_MS,
  PANE_GRACE_MS,
  SEASONAL_PANES,
} from '@meterline/domain'
import type { Processor, StepContext } from '@meterline/topology'

import type { Moment, RuleFinding, ScoredMoment } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'

/** After a longer silence of the log nothing is known of the panes in between, and they are not scored: a gap is no zero. */
const MAX_PANES_CLOSED_AT_ONCE = 12

/** Adds to each moment what the scores say: the daily z of the scope that spent, the seasonal score of each pane that closed. */
export function scoreAnomalies(context: StepContext<ScoredMoment>): Processor<Moment> {
  return {
    process(moment) {
      context.forward({ ...moment, findings: findingsOf(moment) })
    },
  }
}

function findingsOf(moment: Moment): readonly RuleFinding[] {
  switch (moment.kind) {
    case 'spent': {
      const { burn, scope } = moment
      return burn.isWatched(scope) ? [dailyFinding(burn, scope)] : NONE
    }
    case 'passed':
      return PANES.flatMap((pane) => seasonalFindings(moment, pane))
    case 'policy':
      return NONE
  }
}

const NONE: readonly RuleFinding[] = []
const PANES: readonly SeasonalPane[] = ['5m', '1h']

function dailyFinding(burn: BurnState, scope: ScopeBurn): RuleFinding {
  const { threshold, resolve_below, minimum_impact_micro } = burn.anomalies.daily_z
  const today = burn.calendar.day(burn.clockMs)
  const baseline = scope.dailyBaseline(today)
  const currentMicro = scope.days.creditsMicro(today)
  const { z } = dailyZ(currentMicro, baseline)
  const large = currentMicro - baseline.mean >= minimum_impact_micro
  return {
    ...anomaly(scope, currentMicro),
    identity: {
      rule: 'anomaly_daily',
      scope: scope.scope,
      allocation_id: null,
      window: 'day',
      period: dayName(today),
      threshold,
    },
    standing:
      z === null ? 'unknown' : z > threshold && large ? 'crossed' : z <= resolve_below ? 'below' : 'between',
    observed: z ?? 0,
    baseline,
    z,
    span: { kind: 'day', day: today },
  }
}

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
      const finding = closePane(burn, scope, { pane, endMs: end * paneMs })
      if (finding !== undefined) findings.push(finding)
    }
  }
  return findings
}

function closePane(
  burn: BurnState,
  scope: ScopeBurn,
  { pane, endMs }: { readonly pane: SeasonalPane; readonly endMs: number },
): RuleFinding | undefined {
  const { threshold, n } = burn.anomalies.seasonal
  const startMs = endMs - SEASONAL_PANES[pane]
  let detector = scope.detectors.get(pane)
  if (detector === undefined) {
    scope.detectors.set(pane, (detector = createSpendDetector(pane, burn.detectorOptions)))
  }
  const currentMicro = scope.windows.minutes.sumBetween(startMs / MINUTE_MS, endMs / MINUTE_MS)
  const {
    score,
    expected,
    deviation,
    anomaly: isAnomaly,
    samples,
  } = detector.observe({
    timestampMs: startMs,
    value: currentMicro,
  })
  if (pane === '5m') scope.seasonalScore = score
  scope.marks.mark('detector', 0, pane)
  const memory = [...scope.alerts.values()].find(
    ({ alert }) => alert.rule === 'anomaly_seasonal' && alert.window === pane && alert.state === 'firing',
  )
  if (!isAnomaly && memory === undefined) return undefined
  const period = memory?.alert.period ?? dayName(burn.calendar.day(startMs))
  return {
    ...anomaly(scope, currentMicro),
    identity: {
      rule: 'anomaly_seasonal',
      scope: scope.scope,
      allocation_id: null,
      window: pane,
      period,
      threshold,
    },
    beganMs: memory?.episode ?? startMs,
    standing: isAnomaly ? 'crossed' : 'below',
    observed: score,
    baseline: { mean: expected, stddev: deviation, samples },
    z: null,
    // An anomaly is known `n` panes after it began at the latest: as many panes back, all was still as usual.
    span: { kind: 'panes', fromMs: startMs, toMs: endMs, previousFromMs: startMs - n * SEASONAL_PANES[pane] },
  }
}

function anomaly(scope: ScopeBurn, currentMicro: number) {
  return { scope, currentMicro, severity: 'warning', allocation: null, tier: null, limitMicro: null } as const
}
