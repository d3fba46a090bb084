import type { Calendar } from '../windows/calendar.ts'
import { DEVIATION_TO_SIGMA, deviationScale } from './deviation-scale.ts'
import type { ScaleFloors } from './deviation-scale.ts'
import { Novelty, NOVELTY_NUMBERS } from './novelty.ts'
import type { Expected } from './seasonal-baseline.ts'
import { BASELINE_CELLS, HOUR_CELLS, SeasonalBaseline } from './seasonal-baseline.ts'

const HOUR_MS = 3_600_000

export interface SeasonalPolicy extends ScaleFloors {
  /** Hours and weekdays are those of its time zone. */
  readonly calendar: Calendar
  readonly paneMs: number
  /** An unusually low value counts too. Spend alerts look up only. */
  readonly direction: 'up' | 'both'
  readonly threshold: number
  readonly resolveBelow: number
  /** Smallest distance from the expected value that can be part of an anomaly. */
  readonly minimumImpact: number
  /** An anomaly begins with `k` of the last `n` panes above the threshold and ends with `n` panes in a row below `resolveBelow`. */
  readonly k: number
  readonly n: number
  /** Panes before the first score: until then the score is 0. */
  readonly warmUpPanes: number
  /** Novelty is scored too, at twice the state. */
  readonly novelty: boolean
  /** Values are never negative, and many may be 0: a busy pane is held against busy panes, not against the mean with the empty ones. */
  readonly intermittent: boolean
  /** An hour whose busy panes are more times the mean than that is not judged: longer panes do. */
  readonly maxBusyFactor: number
}

export interface Observation {
  readonly timestampMs: number
  readonly value: number
  /** How many times the usual this time is expected to hold, such as the last day of a month; 1 when left out. */
  readonly factor?: number
}

export interface SeasonalScore {
  /** Of the pane, by the clock of the policy's calendar: 0 is Monday's first. */
  readonly hourOfWeek: number
  /** Deviations from the expected value; signed when `direction` is `both`, never below 0 when it is `up`. */
  readonly score: number
  /** Distance from the expected value over the largest one seen before; see `Novelty`. 0 while warming up, and when not asked for. */
  readonly novelty: number
  readonly expected: number
  readonly deviation: number
  /** Panes seen before this one. */
  readonly samples: number
  readonly anomaly: boolean
  /** What this very hour of the week held in the weeks before, alone. */
  readonly ownHour: Expected
}

export interface SeasonalDetector {
  /** Panes in time order, each once; empty panes are values of 0. */
  observe(observation: Observation): SeasonalScore
  /** All of its state, as finite numbers: given back to `createSeasonalDetector` it goes on exactly. */
  snapshot(): number[]
  /**
   * What panes of that hour of the week change, as it stands now. Given to `restoreHour` of a detector that was made from
   * an earlier snapshot, those of all hours since bring it to this one's state. Throws where novelty is asked for.
   */
  hourSnapshot(hourOfWeek: number): number[]
  restoreHour(hourOfWeek: number, numbers: readonly number[]): void
}

/**
 * Seasonal robust score: distance from the level of this hour of the week in units of its usual deviation, with floors,
 * winsorised updates, shrinkage while young, and k-of-n persistence. The very code of `score-anomalies` and of `backtest`.
 * A snapshot of another length was taken by another version or without novelty: its numbers mean something else, and the
 * detector learns anew.
 */
export function createSeasonalDetector(policy: SeasonalPolicy, taken?: readonly number[]): SeasonalDetector {
  const numbers = NOVELTY_FROM + (policy.novelty ? NOVELTY_NUMBERS : 0)
  return new Detector(policy, taken?.length === numbers ? taken : undefined)
}

class Detector implements SeasonalDetector {
  readonly #policy: SeasonalPolicy
  readonly #panesPerHour: number
  readonly #baseline: SeasonalBaseline
  readonly #novelty: Novelty | undefined
  #active: number
  /** Bit i: was the pane i before the newest above the threshold; below the resolving one. */
  #recentHigh: number
  #recentLow: number

  constructor(policy: SeasonalPolicy, snapshot: readonly number[] | undefined) {
    this.#policy = policy
    this.#panesPerHour = Math.max(1, Math.round(HOUR_MS / policy.paneMs))
    this.#baseline = new SeasonalBaseline(this.#panesPerHour, snapshot?.slice(FLAG_NUMBERS, NOVELTY_FROM))
    this.#novelty = policy.novelty
      ? new Novelty({ ...policy, panesPerHour: this.#panesPerHour }, snapshot?.slice(NOVELTY_FROM))
      : undefined
    this.#active = snapshot?.[0] ?? 0
    this.#recentHigh = snapshot?.[1] ?? 0
    this.#recentLow = snapshot?.[2] ?? 0
  }

  observe({ timestampMs, value, factor = 1 }: Observation): SeasonalScore {
    const policy = this.#policy
    const baseline = this.#baseline
    const hourOfWeek = hourOfWeekAt(policy.calendar, timestampMs)
    const usual = baseline.expect(hourOfWeek)
    const ownHour = baseline.ownHour(hourOfWeek)
    const busy = policy.intermittent ? busyFactor(ownHour, this.#panesPerHour) : 1
    const expected = factor === 1 && busy === 1 ? usual : times(usual, factor * busy)
    const sigma = deviationScale(expected, policy)
    const distance = value - expected.level
    const isWarm = expected.samples >= policy.warmUpPanes
    const score = isWarm && busy <= policy.maxBusyFactor ? directed(distance / sigma, policy) : 0
    const newness = this.#novelty?.observe(hourOfWeek, value, distance) ?? 0
    const high = Math.abs(score) >= policy.threshold && Math.abs(distance) >= policy.minimumImpact
    const window = 2 ** policy.n - 1
    this.#recentHigh = ((this.#recentHigh << 1) | (high ? 1 : 0)) & window
    this.#recentLow = ((this.#recentLow << 1) | (Math.abs(score) < policy.resolveBelow ? 1 : 0)) & window
    if (bits(this.#recentHigh) >= policy.k) this.#active = 1
    else if (this.#recentLow === window) this.#active = 0
    // What the calendar explains is no news of the hour: the next ordinary one is not held against it.
    baseline.update(hourOfWeek, value / factor, deviationScale(usual, policy) / DEVIATION_TO_SIGMA)
    return {
      hourOfWeek,
      score,
      novelty: isWarm ? newness : 0,
      expected: expected.level,
      deviation: sigma,
      samples: expected.samples,
      anomaly: this.#active === 1,
      ownHour,
    }
  }

  snapshot(): number[] {
    // A spread of so many numbers costs ten times as much.
    const taken = this.#flags()
    for (let cell = 0; cell < BASELINE_CELLS; cell++) taken.push(this.#baseline.cells[cell] ?? 0)
    if (this.#novelty !== undefined) taken.push(...this.#novelty.snapshot())
    return taken
  }

  hourSnapshot(hourOfWeek: number): number[] {
    this.#refuseNovelty()
    const taken = this.#flags()
    this.#baseline.appendHour(hourOfWeek, taken)
    return taken
  }

  restoreHour(hourOfWeek: number, numbers: readonly number[]): void {
    this.#refuseNovelty()
    if (numbers.length !== HOUR_NUMBERS) {
      throw new TypeError(`an hour of a detector has ${HOUR_NUMBERS} numbers, not ${numbers.length}`)
    }
    const [active = 0, recentHigh = 0, recentLow = 0] = numbers
    this.#active = active
    this.#recentHigh = recentHigh
    this.#recentLow = recentLow
    this.#baseline.setHour(hourOfWeek, numbers.slice(FLAG_NUMBERS))
  }

  #flags(): number[] {
    return [this.#active, this.#recentHigh, this.#recentLow]
  }

  #refuseNovelty(): void {
    if (this.#novelty !== undefined) throw new TypeError('novelty changes more than one hour')
  }
}

const FLAG_NUMBERS = 3
const HOUR_NUMBERS = FLAG_NUMBERS + HOUR_CELLS
const NOVELTY_FROM = FLAG_NUMBERS + BASELINE_CELLS

/** Weeks after which an hour knows how often it is empty. */
const MIN_WEEKS = 2
/** Noise alone looks like that share of empty panes. */
const NOISE_EMPTY_SHARE = 0.3
const MAX_EMPTY_SHARE = 0.95

/**
 * Level of the panes that are not empty over the level of all. Of anything that is never negative, with mean m and mean absolute
 * deviation d, at most d ÷ 2m is zero; where values are either zero or alike, just that share is.
 */
function busyFactor({ level, deviation, samples }: Expected, panesPerHour: number): number {
  if (level <= 0 || samples < MIN_WEEKS * panesPerHour) return 1
  const empty = Math.min(MAX_EMPTY_SHARE, deviation / (2 * level))
  return empty < NOISE_EMPTY_SHARE ? 1 : 1 / (1 - empty)
}

function times({ level, deviation, samples }: Expected, factor: number): Expected {
  return { level: level * factor, deviation: deviation * factor, samples }
}

/** Clocks are changed at night: from here on the hours are counted back from the next midnight, as the clock on the wall shows. */
const CLOCK_CHANGE_HOUR = 2

function hourOfWeekAt(calendar: Calendar, timestampMs: number): number {
  const day = calendar.day(timestampMs)
  const elapsed = Math.floor((timestampMs - calendar.dayStartMs(day)) / HOUR_MS)
  const left = Math.ceil((calendar.dayStartMs(day + 1) - timestampMs) / HOUR_MS)
  const hour = elapsed < CLOCK_CHANGE_HOUR ? elapsed : Math.max(0, 24 - left)
  // 1970-01-01 was a Thursday.
  const weekday = (((day + 3) % 7) + 7) % 7
  return weekday * 24 + hour
}

/** After perfect regularity any change has a score without measure: JSON has no infinity. */
const MAX_SCORE = 1_000_000

function directed(score: number, policy: SeasonalPolicy): number {
  const bounded = Math.max(-MAX_SCORE, Math.min(MAX_SCORE, score))
  return policy.direction === 'up' ? Math.max(0, bounded) : bounded
}

function bits(word: number): number {
  let count = 0
  for (let rest = word; rest !== 0; rest &= rest - 1) count++
  return count
}
