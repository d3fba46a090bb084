import type { Expected } from './seasonal-baseline.ts'

/** A normal deviate's standard deviation over its mean absolute deviation. */
export const DEVIATION_TO_SIGMA = 1.2533

export interface ScaleFloors {
  /** The scale is never taken to be smaller than this, nor than that share of the expected value. */
  readonly absoluteFloor: number
  readonly relativeFloor: number
}

/** What a usual distance from the expected value is: as a standard deviation, with floors. */
export function deviationScale(expected: Expected, floors: ScaleFloors): number {
  return Math.max(
    expected.deviation * DEVIATION_TO_SIGMA,
    floors.absoluteFloor,
    floors.relativeFloor * Math.abs(expected.level),
  )
}
