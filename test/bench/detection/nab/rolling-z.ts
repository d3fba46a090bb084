import type { Observation } from '@meterline/domain'

/**
 * The control: distance from the mean of the last `rows` values in their sample deviations. No season, no memory, no floor but
 * that a window without deviation scores nothing.
 */
export function rollingZ(series: readonly Observation[], rows: number): number[] {
  const window: number[] = []
  return series.map(({ value }) => {
    const score = zOf(value, window)
    window.push(value)
    if (window.length > rows) window.shift()
    return score
  })
}

function zOf(value: number, window: readonly number[]): number {
  if (window.length < 2) return 0
  let sum = 0
  for (const each of window) sum += each
  const mean = sum / window.length
  let squares = 0
  for (const each of window) squares += (each - mean) ** 2
  const stddev = Math.sqrt(squares / (window.length - 1))
  return stddev === 0 ? 0 : Math.abs(value - mean) / stddev
}
