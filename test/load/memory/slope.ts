export interface Point {
  readonly atMs: number
  readonly value: number
}

const MINUTE_MS = 60_000

/** Least squares: by how much the value grows a minute. 0 for fewer than two moments. */
export function slopePerMinute(points: readonly Point[]): number {
  if (points.length < 2) return 0
  const meanOf = (of: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const meanAt = meanOf(({ atMs }) => atMs)
  const meanValue = meanOf(({ value }) => value)
  let covariance = 0
  let variance = 0
  for (const { atMs, value } of points) {
    covariance += (atMs - meanAt) * (value - meanValue)
    variance += (atMs - meanAt) ** 2
  }
  return variance === 0 ? 0 : (covariance / variance) * MINUTE_MS
}

/** The smallest value of each stretch of time: of a heap, what is left after a collection. */
export function floors(points: readonly Point[], stretchMs: number): Point[] {
  const startMs = points[0]?.atMs ?? 0
  const stretches = Map.groupBy(points, ({ atMs }) => Math.floor((atMs - startMs) / stretchMs))
  return [...stretches.values()].flatMap((stretch) => {
    const [lowest] = stretch.toSorted((a, b) => a.value - b.value)
    return lowest === undefined ? [] : [lowest]
  })
}
