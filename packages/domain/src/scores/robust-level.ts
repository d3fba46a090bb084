const WINSOR_DEVIATIONS = 4

/**
 * Running location and scale of a stream, kept in three numbers of `cells` from `at`: level, absolute deviation, count.
 * Updates are winsorised: an outlier moves the level by at most four deviations' worth, so one bad hour does not become the norm.
 */
export function updateLevel(
  cells: Float64Array,
  at: number,
  value: number,
  bounds: { readonly memoryPanes: number; readonly deviationFloor: number },
): void {
  const level = cells[at] ?? 0
  const deviation = cells[at + 1] ?? 0
  const count = cells[at + 2] ?? 0
  if (count === 0) {
    cells[at] = value
    cells[at + 2] = 1
    return
  }
  const rate = 1 / Math.min(count + 1, bounds.memoryPanes)
  // The first few values set the scale themselves: there is nothing yet to hold them against.
  const reach =
    count < YOUNG_PANES ? Infinity : WINSOR_DEVIATIONS * Math.max(deviation, bounds.deviationFloor)
  const clipped = Math.min(Math.max(value, level - reach), level + reach)
  cells[at] = level + rate * (clipped - level)
  cells[at + 1] = deviation + rate * (Math.abs(clipped - level) - deviation)
  cells[at + 2] = count + 1
}

const YOUNG_PANES = 6
export const LEVEL_CELLS = 3
