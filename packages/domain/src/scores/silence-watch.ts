import type { Expected } from './seasonal-baseline.ts'

/** When a team that stopped is worth an alert. Conservative: nobody is told of a quiet hour. */
export interface SilencePolicy {
  /** Panes of 5 minutes without any spend. */
  readonly minimumPanes: number
  /** Decimal digits of improbability: 6 is a silence that chance explains once in a million. */
  readonly evidence: number
  /** Times the dearest silence of the last weeks: who is away each Friday is not missed on the next. */
  readonly timesLongest: number
  /** Smallest spend that was expected in the silence. */
  readonly minimumImpactMicro: number
}

export interface SilenceStanding {
  readonly silent: boolean
  /** The end of the last pane with spend; `null` while there is spend. */
  readonly sinceMs: number | null
  /** What was to be expected in the silence so far. */
  readonly missedMicro: number
  readonly evidence: number
}

/** An hour of the week has to be seen in three weeks before its emptiness says anything. */
const MIN_WEEKS = 3
/** One pane proves at most that much: panes of one outage, one holiday, one meeting are not independent. */
const MAX_EVIDENCE_PER_PANE = 0.5
/** The memory of the dearest silence halves in six weeks. */
const RECORD_FADING_PER_PANE = 0.5 ** (1 / (6 * 7 * 288))
/** A team that has been silent for so long has stopped: there is nothing more to say. */
const STOPPED_PANES = 14 * 288

export const SILENCE_NUMBERS = 6

/**
 * Watches one scope, pane by pane, for spend that should be there and is not.
 *
 * How likely is an empty pane? Of anything that is never negative, with mean m and mean absolute deviation d, at most d ÷ 2m is
 * zero (d = 2·E(m − X)⁺ ≥ 2m·P(X = 0)). So an hour of the week that is usually busy proves much by being empty, an hour that is
 * empty now and then little, and nights and weekends without spend nothing. The evidence of a silence is the sum over its panes.
 */
export class SilenceWatch {
  #panes = 0
  #evidence = 0
  #missed = 0
  #record = 0
  #active = 0
  #sinceMs = 0

  constructor(snapshot?: readonly number[]) {
    if (snapshot?.length !== SILENCE_NUMBERS) return
    ;[this.#panes, this.#evidence, this.#missed, this.#record, this.#active, this.#sinceMs] = [
      ...snapshot,
    ] as [number, number, number, number, number, number]
  }

  /** `isActive`: there was any request. `ownHour`: what the hour of the week held in the weeks before; `panesPerHour` of them are one week's. */
  observe(
    pane: { readonly startMs: number; readonly isActive: boolean; readonly panesPerHour: number },
    ownHour: Expected,
    policy: SilencePolicy,
  ): SilenceStanding {
    this.#record *= RECORD_FADING_PER_PANE
    if (pane.isActive) {
      this.#record = Math.max(this.#record, this.#missed)
      ;[this.#panes, this.#evidence, this.#missed, this.#active] = [0, 0, 0, 0]
      return { silent: false, sinceMs: null, missedMicro: 0, evidence: 0 }
    }
    if (this.#panes === 0) this.#sinceMs = pane.startMs
    this.#panes += 1
    if (ownHour.samples >= MIN_WEEKS * pane.panesPerHour && ownHour.level > 0) {
      this.#missed += ownHour.level
      this.#evidence += Math.min(MAX_EVIDENCE_PER_PANE, evidenceOf(ownHour))
    }
    const isLarge =
      this.#panes >= policy.minimumPanes &&
      this.#evidence >= policy.evidence &&
      this.#missed >= policy.minimumImpactMicro &&
      this.#missed >= policy.timesLongest * this.#record
    if (isLarge) this.#active = 1
    const silent = this.#active === 1 && this.#panes < STOPPED_PANES
    return { silent, sinceMs: this.#sinceMs, missedMicro: Math.round(this.#missed), evidence: this.#evidence }
  }

  /** All of its state: given back to the constructor it goes on exactly. */
  snapshot(): number[] {
    return [this.#panes, this.#evidence, this.#missed, this.#record, this.#active, this.#sinceMs]
  }
}

function evidenceOf({ level, deviation }: Expected): number {
  const probability = deviation / (2 * level)
  // An hour that was alike each week has no deviation; so much certainty is cut off by the bound of a pane.
  return probability <= 0 ? MAX_EVIDENCE_PER_PANE : Math.max(0, -Math.log10(probability))
}

export const DEFAULT_SILENCE_POLICY: SilencePolicy = {
  minimumPanes: 12,
  evidence: 6,
  timesLongest: 2,
  minimumImpactMicro: 20_000_000,
}
