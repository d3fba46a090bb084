import type { WindowName } from '../../spend/spend-state.ts'
import type { AlertPolicy } from '../alert-entities.ts'
import type { Finding } from '../alert-lifecycle.ts'
import { numberParam, windowParam } from './alert-policies.ts'
import { windowMs } from './window-ms.ts'

/** What a budget's burn rate is seen from; times in milliseconds, spend in micro-credits. */
export interface BudgetPace {
  readonly windows: Readonly<Record<WindowName, number>>
  /** What the budget gives for the month. */
  readonly limitMicro: number
  readonly monthMicro: number
  readonly monthStartMs: number
  readonly monthEndMs: number
  readonly nowMs: number
  /**
   * What the same hours of the long window held on the days or weeks before; at least `REGULAR_TIMES` of it is no news. 0 without
   * such a past. Asked for only when the rate is reached.
   */
  readonly regularMicro: (window: WindowName) => number
}

export interface BurnRate {
  readonly standing: Finding['standing']
  readonly long: WindowName
  readonly factor: number
  /** Times the even pace: of the two windows the smaller one. */
  readonly rate: number
  readonly currentMicro: number
  /** What the even pace spends in the long window. */
  readonly evenMicro: number
  /** A slow one speaks once a month, and not anew whenever a night was quiet. */
  readonly isOncePerPeriod: boolean
}

/** Below that factor a rate is what many teams have on their working days: it says something only if the budget will not last. */
const SLOW_FACTOR = 3
/** A rate is over when the long window has fallen that far below its factor, or spend has stopped: in between it stays. */
const LONG_HYSTERESIS = 0.9
const STOPPED_SHARE = 0.5
/** Where it is seen that spend has stopped: the short window itself is empty between two large requests. */
const STOPPED_OVER: Partial<Record<WindowName, WindowName>> = {
  '5m': '30m',
  '15m': '1h',
  '30m': '1h',
  '1h': '6h',
  '6h': '24h',
}
/** So many times what these hours regularly hold is news. */
const REGULAR_TIMES = 2

/**
 * Google's multi-window burn rate (Site Reliability Workbook, chapter 5), for money: a budget burns too fast when both a long
 * window, so that it matters, and a short one, so that it still goes on, are at `factor` times the even pace of the month.
 */
export function burnRate(policy: AlertPolicy, pace: BudgetPace): BurnRate {
  const [long, short] = [windowParam(policy, 'long'), windowParam(policy, 'short')]
  const factor = numberParam(policy, 'factor')
  const [longRate, shortRate] = [rateOf(long, pace), rateOf(short, pace)]
  const currentMicro = pace.windows[long]
  const isOncePerPeriod = factor < SLOW_FACTOR
  const found = {
    long,
    factor,
    rate: Math.min(longRate, shortRate),
    currentMicro,
    evenMicro: Math.round((pace.limitMicro * windowMs(long)) / monthMs(pace)),
    isOncePerPeriod,
  }
  if (pace.limitMicro <= 0) return { ...found, rate: 0, standing: 'unknown' }
  const lately = Math.max(shortRate, rateOf(STOPPED_OVER[short] ?? short, pace))
  if (longRate < LONG_HYSTERESIS * factor || lately < STOPPED_SHARE * factor) {
    return { ...found, standing: 'below' }
  }
  const isCrossed =
    longRate >= factor &&
    shortRate >= factor &&
    currentMicro >= policy.minimum_credits_micro &&
    (isOncePerPeriod
      ? willNotLast(pace, factor)
      : currentMicro >= REGULAR_TIMES * Math.max(0, pace.regularMicro(long)))
  return { ...found, standing: isCrossed ? 'crossed' : 'between' }
}

/** As in the last seven days, weekend included, the rest of the month takes more than is left. */
function willNotLast(pace: BudgetPace, factor: number): boolean {
  const { windows, limitMicro, monthMicro, monthEndMs, nowMs } = pace
  const atThisPaceMicro = (windows['7d'] / windowMs('7d')) * (monthEndMs - nowMs)
  return rateOf('7d', pace) >= factor && monthMicro + atThisPaceMicro > factor * limitMicro
}

function rateOf(window: WindowName, pace: BudgetPace): number {
  return pace.limitMicro <= 0
    ? 0
    : (pace.windows[window] * monthMs(pace)) / (pace.limitMicro * windowMs(window))
}

const monthMs = ({ monthStartMs, monthEndMs }: BudgetPace): number => monthEndMs - monthStartMs
