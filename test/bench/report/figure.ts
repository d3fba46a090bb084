import type { CpuMicros } from '../measure/cpu-meter.ts'
import type { LatencySummary } from '../measure/statistics.ts'

/** What another program did with the same records, in the same rounds. */
export interface PeerComparison {
  readonly what: string
  /** Median of its rounds. */
  readonly perSecond: number
  readonly rounds: readonly number[]
  /** Ours to theirs, round by round. */
  readonly ratios: readonly number[]
  readonly aimRatio: number | undefined
  readonly cpuMicros: CpuMicros
}

/** How fast something is, beside what limits it. All rates are per second. */
export interface RateFigure {
  readonly kind: 'rate'
  readonly name: string
  readonly unit: string
  /** Median of the rounds. */
  readonly ours: number
  readonly rounds: readonly number[]
  readonly limits: readonly { readonly what: string; readonly perSecond: number }[]
  readonly peers?: readonly PeerComparison[]
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
  readonly aimP50Ms?: number
  readonly aimP99Ms?: number
  readonly notes: readonly string[]
}

/** How long one and the same thing takes, asked again and again. */
export interface TimingFigure {
  readonly kind: 'timing'
  readonly name: string
  readonly count: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly maxMs: number
  readonly aimP95Ms?: number
  readonly notes: readonly string[]
}

/** Figures that only say something beside each other. The first column is text, the others are numbers or text. */
export interface TableFigure {
  readonly kind: 'table'
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly notes: readonly string[]
}

/** Load average before and after a part: above what the figures themselves make, others were working. */
export interface LoadFigure {
  readonly kind: 'load'
  readonly name: string
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** A figure that could not be had; the others go on. */
export interface FailedFigure {
  readonly kind: 'failed'
  readonly name: string
  readonly reason: string
}

export type Figure = RateFigure | LatencyFigure | TimingFigure | TableFigure | LoadFigure | FailedFigure
