import { alertId } from './alert-id.ts'
import type { AlertIdentity } from './alert-id.ts'
import type { ResolveReason, SpendAlert } from './spend-alert.ts'

/** What is remembered of a rule within its period: the last alert said, and the limit and episode it was armed with. */
export interface AlertMemory {
  readonly episode: number
  readonly limitMicro: number | null
  readonly alert: SpendAlert
}

export interface Finding {
  readonly standing: 'crossed' | 'between' | 'below' | 'unknown'
  readonly identity: Omit<AlertIdentity, 'episode'>
  /** A crossing is said once per period; another limit (a top-up) arms the rule again. */
  readonly limitMicro: number | null
  /** For anomalies: when it began, which is an episode of its own. */
  readonly beganMs?: number
}

/** The alert without what the lifecycle decides. */
export type AlertContent = Omit<
  SpendAlert,
  | 'event'
  | 'id'
  | 'version'
  | 'state'
  | 'rule'
  | 'scope'
  | 'allocation_id'
  | 'window'
  | 'period'
  | 'threshold'
  | 'about'
  | 'reason'
>

/** Whether `nextAlert` has something to say. */
export function isNews(memory: AlertMemory | undefined, finding: Finding): boolean {
  if (memory?.alert.state === 'firing') return finding.standing === 'below'
  return finding.standing === 'crossed' && nextEpisode(memory, finding) !== undefined
}

/**
 * The next memory when there is something to say, else `undefined`: `firing` on the first crossing, `resolved` once the figure
 * is below the hysteresis; in between, and when the rule has spoken for this period, silence.
 */
export function nextAlert(
  memory: AlertMemory | undefined,
  finding: Finding,
  content: () => AlertContent,
): AlertMemory | undefined {
  const { standing, limitMicro } = finding
  if (memory?.alert.state === 'firing') {
    return standing === 'below' ? resolveAlert(memory, 'recovered', content()) : undefined
  }
  if (standing !== 'crossed') return undefined
  const episode = nextEpisode(memory, finding)
  if (episode === undefined) return undefined
  const { rule, scope, allocation_id, window, period, threshold, about } = finding.identity
  const id = alertId({ ...finding.identity, episode })
  const alert: SpendAlert = {
    event: 'spend.alert',
    id,
    version: 1,
    state: 'firing',
    rule,
    scope,
    allocation_id,
    window,
    period,
    threshold,
    ...(about === undefined ? {} : { about }),
    ...content(),
  }
  return { episode, limitMicro, alert }
}

/** Ends a firing alert. */
export function resolveAlert(
  memory: AlertMemory,
  reason: ResolveReason,
  now: Partial<AlertContent> & Pick<AlertContent, 'at'>,
): AlertMemory {
  const { alert } = memory
  return { ...memory, alert: { ...alert, ...now, version: alert.version + 1, state: 'resolved', reason } }
}

/**
 * What the rule's own policy has done to a firing alert. Hysteresis holds against a figure that wavers, not against a bound that
 * somebody moved: what the new bound would not have set off is over, and any crossing after that is news. What it would have set
 * off stands for the new bound from now on. `undefined`: nothing has changed.
 */
export function alertUnderNewPolicy(
  memory: AlertMemory | undefined,
  { standing, limitMicro }: Finding,
  content: () => AlertContent,
): AlertMemory | undefined {
  if (memory?.alert.state !== 'firing' || standing === 'unknown') return undefined
  const isMoved = memory.limitMicro !== limitMicro
  if (standing === 'crossed') return isMoved ? { ...memory, limitMicro } : undefined
  if (standing === 'between' && !isMoved) return undefined
  return { ...resolveAlert(memory, 'policy_changed', content()), limitMicro: null }
}

function nextEpisode(memory: AlertMemory | undefined, finding: Finding): number | undefined {
  if (finding.beganMs !== undefined) return finding.beganMs
  if (memory === undefined) return 0
  return memory.limitMicro === finding.limitMicro ? undefined : memory.episode + 1
}
