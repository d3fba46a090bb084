import type { CpuMicros } from '../measure/cpu-meter.ts'
import type { LatencySummary } from '../measure/statistics.ts'

/** How fast something is, beside what limits it. All rates are per second. */
export interface RateFigure {
  readonly kind: 'rate'
  readonly name: string
  readonly unit: string
  /** Median of the rounds. */
  readonly ours: number
  readonly rounds: readonly number[]
  readonly limits: readonly { readonly what: string; readonly perSecond: number }[]
  readonly aim?: number
  /** Of the round that is printed. */
  readonly cpuMicros: CpuMicros
  readonly notes: readonly string[]
}

/** How long something takes. */
export interface LatencyFigure {
  readonly kind: 'latency'
  readonly name: string
  readonly latency: LatencySummary
  readonly aimP99Ms?: number
  readonly notes: readonly string[]
}

/** A figure that could not be had; the others go on. */
export interface FailedFigure {
  readonly kind: 'failed'
  readonly name: string
  readonly reason: string
}

export type Figure = RateFigure | LatencyFigure | FailedFigure
