import type { AlertPolicy, SilenceWatch as Watch } from '@meterline/domain'
import { dayName, numberParam, SEASONAL_PANES, SilenceWatch } from '@meterline/domain'

import type { RuleFinding } from '../moment.ts'
import type { BurnState } from '../state/burn-state.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'
import { firingAlert, policyFinding } from './policy-finding.ts'

const PANE_MS = SEASONAL_PANES['5m']
const PANES_PER_HOUR = 3_600_000 / PANE_MS
const PANES_PER_MINUTE = 60_000 / PANE_MS

const NONE: readonly RuleFinding[] = []

/** A scope that should spend and does not, looked at with every pane of five minutes. */
export function silenceFinding(
  burn: BurnState,
  scope: ScopeBurn,
  pane: {
    readonly startMs: number
    readonly isActive: boolean
    readonly ownHour: Parameters<Watch['observe']>[1]
  },
): readonly RuleFinding[] {
  const policy = burn.rulesOf(scope).silence
  if (policy === undefined) return NONE
  scope.silence ??= new SilenceWatch()
  const { startMs, isActive, ownHour } = pane
  const standing = scope.silence.observe(
    { startMs, isActive, panesPerHour: PANES_PER_HOUR },
    ownHour,
    settingsOf(policy),
  )
  // It is written with the pane that was observed just before.
  const memory = firingAlert(scope, { rule: 'silence', window: '5m' })
  if (!standing.silent && memory === undefined) return NONE
  const sinceMs = memory?.episode ?? standing.sinceMs ?? startMs
  return [
    policyFinding(scope, policy, {
      identity: {
        rule: 'silence',
        window: '5m',
        period: memory?.alert.period ?? dayName(burn.calendar.day(sinceMs)),
        threshold: numberParam(policy, 'evidence'),
      },
      beganMs: sinceMs,
      standing: standing.silent ? 'crossed' : 'below',
      observed: Math.round(standing.evidence * 100) / 100,
      currentMicro: 0,
      baseline: { mean: standing.missedMicro, stddev: 0, samples: ownHour.samples },
      // The last requests before it are its evidence.
      span: {
        kind: 'panes',
        fromMs: sinceMs - PANES_PER_HOUR * PANE_MS,
        toMs: sinceMs,
        previousFromMs: sinceMs - 2 * PANES_PER_HOUR * PANE_MS,
      },
    }),
  ]
}

function settingsOf(policy: AlertPolicy) {
  return {
    minimumPanes: Math.ceil(numberParam(policy, 'minimum_minutes') * PANES_PER_MINUTE),
    evidence: numberParam(policy, 'evidence'),
    timesLongest: numberParam(policy, 'times_longest'),
    minimumImpactMicro: policy.minimum_credits_micro,
  }
}
