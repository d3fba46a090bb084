import { LEVEL_CELLS, updateLevel } from './robust-level.ts'

const HOURS_PER_DAY = 24
const HOURS_PER_WEEK = 168
const OVERALL = 0
const BY_HOUR_OF_DAY = 1
const BY_HOUR_OF_WEEK = BY_HOUR_OF_DAY + HOURS_PER_DAY
const LEVELS = BY_HOUR_OF_WEEK + HOURS_PER_WEEK
export const BASELINE_CELLS = LEVELS * LEVEL_CELLS
/** Those that a value of one hour changes: overall, of its hour of the day, of its hour of the week. */
const HOUR_LEVELS = 3
export const HOUR_CELLS = HOUR_LEVELS * LEVEL_CELLS

/** What a pane of this hour usually holds, and by how much it usually differs (mean absolute deviation). */
export interface Expected {
  readonly level: number
  readonly deviation: number
  /** Panes seen so far, of any hour. */
  readonly samples: number
}

/**
 * Baseline by hour of the week, shrunk towards the hour of the day and the overall level while it is young: a level counts
 * as much as its elders once it has seen as many panes as an hour has, thrice.
 */
export class SeasonalBaseline {
  readonly cells: Float64Array
  readonly #panesPerHour: number

  constructor(panesPerHour: number, cells?: readonly number[]) {
    this.#panesPerHour = panesPerHour
    this.cells = new Float64Array(BASELINE_CELLS)
    if (cells !== undefined) this.cells.set(cells)
  }

  expect(hourOfWeek: number): Expected {
    const overall = this.#at(OVERALL)
    const byDay = shrink(this.#at(BY_HOUR_OF_DAY + (hourOfWeek % HOURS_PER_DAY)), overall, this.#halfLife)
    const byWeek = shrink(this.#at(BY_HOUR_OF_WEEK + hourOfWeek), byDay, this.#halfLife)
    return { ...byWeek, samples: overall.samples }
  }

  /** What was seen in this very hour of the week, and nothing of its elders. */
  ownHour(hourOfWeek: number): Expected {
    return this.#at(BY_HOUR_OF_WEEK + hourOfWeek)
  }

  update(hourOfWeek: number, value: number, deviationFloor: number): void {
    const perHour = this.#panesPerHour
    const { cells } = this
    updateLevel(cells, OVERALL, value, { memoryPanes: 14 * HOURS_PER_DAY * perHour, deviationFloor })
    updateLevel(cells, (BY_HOUR_OF_DAY + (hourOfWeek % HOURS_PER_DAY)) * LEVEL_CELLS, value, {
      memoryPanes: 14 * perHour,
      deviationFloor,
    })
    updateLevel(cells, (BY_HOUR_OF_WEEK + hourOfWeek) * LEVEL_CELLS, value, {
      memoryPanes: 6 * perHour,
      deviationFloor,
    })
  }

  /** Appends the cells that a value of this hour changes, in the order of `setHour`. */
  appendHour(hourOfWeek: number, into: number[]): void {
    for (let index = 0; index < HOUR_LEVELS; index++) {
      const at = levelOf(hourOfWeek, index) * LEVEL_CELLS
      for (let cell = 0; cell < LEVEL_CELLS; cell++) into.push(this.cells[at + cell] ?? 0)
    }
  }

  setHour(hourOfWeek: number, cells: readonly number[]): void {
    for (let index = 0; index < HOUR_LEVELS; index++) {
      const at = levelOf(hourOfWeek, index) * LEVEL_CELLS
      for (let cell = 0; cell < LEVEL_CELLS; cell++) {
        this.cells[at + cell] = cells[index * LEVEL_CELLS + cell] ?? 0
      }
    }
  }

  get #halfLife(): number {
    return 3 * this.#panesPerHour
  }

  #at(level: number): Expected {
    const at = level * LEVEL_CELLS
    return {
      level: this.cells[at] ?? 0,
      deviation: this.cells[at + 1] ?? 0,
      samples: this.cells[at + 2] ?? 0,
    }
  }
}

/** The levels that a value of this hour belongs to, by their index. */
function levelOf(hourOfWeek: number, index: number): number {
  if (index === 0) return OVERALL
  return index === 1 ? BY_HOUR_OF_DAY + (hourOfWeek % HOURS_PER_DAY) : BY_HOUR_OF_WEEK + hourOfWeek
}

function shrink(own: Expected, elder: Expected, halfLife: number): Expected {
  const weight = own.samples / (own.samples + halfLife)
  return {
    level: elder.level + weight * (own.level - elder.level),
    deviation: elder.deviation + weight * (own.deviation - elder.deviation),
    samples: own.samples,
  }
}
