import type { PeerComparison } from '../report/figure.ts'
import type { Throughput } from './drain.ts'
import { median } from './statistics.ts'

export interface Round {
  readonly ours: Throughput
  readonly limits: Readonly<Record<string, number>>
  /** What others did with the same records in the same round. */
  readonly peers?: Readonly<Record<string, Throughput>>
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

/** Each peer over the rounds; the ratio is ours to theirs round by round, since a machine that slows down slows both. */
export function comparePeers(
  rounds: readonly Round[],
  aims: Readonly<Record<string, number>>,
): PeerComparison[] {
  return Object.keys(rounds[0]?.peers ?? {}).map((what) => {
    const both = rounds.flatMap(({ ours, peers }) => {
      const theirs = peers?.[what]
      return theirs === undefined ? [] : [{ ours, theirs }]
    })
    const middle = middleRound(both.map(({ theirs }) => ({ ours: theirs, limits: {} })))
    return {
      what,
      perSecond: median(both.map(({ theirs }) => theirs.perSecond)),
      rounds: both.map(({ theirs }) => theirs.perSecond),
      ratios: both.map(({ ours, theirs }) => ours.perSecond / theirs.perSecond),
      aimRatio: aims[what],
      cpuMicros: middle.ours.cpuMicros,
    }
  })
}

/** One round as a line for the person who waits: what was measured is seen even if the run is ended before its report. */
export function roundText({ ours, limits, peers = {} }: Round): string {
  const all = {
    ours: ours.perSecond,
    ...Object.fromEntries(Object.entries(peers).map(([what, { perSecond }]) => [what, perSecond])),
    ...limits,
  }
  return Object.entries(all)
    .map(([what, perSecond]) => `${what} ${Math.round(perSecond)}/s`)
    .join(', ')
}
