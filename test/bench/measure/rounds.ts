import type { Throughput } from './drain.ts'
import { median } from './statistics.ts'

export interface Round {
  readonly ours: Throughput
  readonly limits: Readonly<Record<string, number>>
}

/** The round whose rate is nearest to the median: its other figures are printed with it. */
export function middleRound<T extends Round>(rounds: readonly T[]): T {
  const middle = median(rounds.map(({ ours }) => ours.perSecond))
  const [nearest] = rounds.toSorted(
    (a, b) => Math.abs(a.ours.perSecond - middle) - Math.abs(b.ours.perSecond - middle),
  )
  if (nearest === undefined) throw new RangeError('no round was measured')
  return nearest
}

/** Each limit's median over the rounds, in the order of the first. */
export function medianLimits(rounds: readonly Round[]): { what: string; perSecond: number }[] {
  return Object.keys(rounds[0]?.limits ?? {}).map((what) => ({
    what,
    perSecond: median(rounds.map(({ limits }) => limits[what] ?? Number.NaN)),
  }))
}
