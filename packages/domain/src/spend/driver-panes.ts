import type { Driver, DriverDimension } from './spend-delta.ts'

const MAX_DRIVERS_PER_DIMENSION = 16
/** Driver panes of 5 minutes are kept for 5 hours, those of a day for this month and the last. */
export const DRIVER_SPANS = {
  five_minutes: { paneMs: 300_000, retentionPanes: 60 },
  day: { paneMs: undefined, retentionPanes: 63 },
} as const
export type DriverSpan = keyof typeof DRIVER_SPANS

const DIMENSIONS: readonly DriverDimension[] = ['model', 'api_key', 'endpoint', 'user']

/**
 * Who spent in each pane of one scope: at most 16 values per dimension and pane, the smallest makes room for a newcomer.
 * Bounded by retention × 4 × 16 entries; kept for budgeted scopes only.
 */
export class DriverPanes {
  readonly #retentionPanes: number
  readonly #panes = new Map<number, Driver[]>()
  #newest = -Infinity

  constructor(span: DriverSpan) {
    this.#retentionPanes = DRIVER_SPANS[span].retentionPanes
  }

  /** False when the pane is no longer kept. */
  add(pane: number, drivers: readonly Driver[]): boolean {
    if (pane <= this.#newest - this.#retentionPanes) return false
    this.#newest = Math.max(this.#newest, pane)
    let known = this.#panes.get(pane)
    if (known === undefined) this.#panes.set(pane, (known = []))
    for (const driver of drivers) addDriver(known, driver)
    return true
  }

  /** Replaces one pane: for restoring. */
  set(pane: number, drivers: readonly Driver[]): void {
    this.#newest = Math.max(this.#newest, pane)
    this.#panes.set(pane, [...drivers])
  }

  at(pane: number): readonly Driver[] {
    return this.#panes.get(pane) ?? []
  }

  /** Drops what is older than the retention before `newest`; returns the panes dropped. */
  advance(newest: number): number[] {
    this.#newest = Math.max(this.#newest, newest)
    const gone = [...this.#panes.keys()].filter((pane) => pane <= this.#newest - this.#retentionPanes)
    for (const pane of gone) this.#panes.delete(pane)
    return gone.sort((a, b) => a - b)
  }

  /** Totals over `from ≤ pane < to`, by dimension and value. */
  between(from: number, to: number): Driver[] {
    const totals: Driver[] = []
    const position = new Map<string, number>()
    for (let pane = Math.max(from, this.#newest - this.#retentionPanes + 1); pane < to; pane++) {
      for (const driver of this.at(pane)) {
        const key = `${driver.dimension}\0${driver.value}`
        const at = position.get(key)
        const total = at === undefined ? undefined : totals[at]
        if (at === undefined || total === undefined) {
          position.set(key, totals.length)
          totals.push(driver)
        } else {
          totals[at] = { ...total, credits_micro: total.credits_micro + driver.credits_micro }
        }
      }
    }
    return totals
  }
}

/** The largest contributors to the excess of one span over the span before: at most `perDimension` each, largest first. */
export function topDrivers(
  current: readonly Driver[],
  previous: readonly Driver[],
  perDimension: number,
): (Driver & { readonly previous_credits_micro: number })[] {
  const before = new Map(
    previous.map((driver) => [`${driver.dimension}\0${driver.value}`, driver.credits_micro]),
  )
  const compared = current.map(({ dimension, value, credits_micro }) => ({
    dimension,
    value,
    credits_micro,
    previous_credits_micro: before.get(`${dimension}\0${value}`) ?? 0,
  }))
  return DIMENSIONS.flatMap((dimension) =>
    compared
      .filter((driver) => driver.dimension === dimension && excess(driver) > 0)
      .sort((a, b) => excess(b) - excess(a) || (a.value < b.value ? -1 : 1))
      .slice(0, perDimension),
  )
}

function excess(driver: { readonly credits_micro: number; readonly previous_credits_micro: number }): number {
  return driver.credits_micro - driver.previous_credits_micro
}

function addDriver(known: Driver[], added: Driver): void {
  const at = known.findIndex((driver) => driver.dimension === added.dimension && driver.value === added.value)
  const same = known[at]
  if (same !== undefined) {
    known[at] = { ...same, credits_micro: same.credits_micro + added.credits_micro }
    return
  }
  const rivals = known.filter((driver) => driver.dimension === added.dimension)
  if (rivals.length >= MAX_DRIVERS_PER_DIMENSION) {
    const smallest = rivals.reduce((least, rival) =>
      rival.credits_micro < least.credits_micro ? rival : least,
    )
    if (smallest.credits_micro >= added.credits_micro) return
    known.splice(known.indexOf(smallest), 1)
  }
  known.push({ dimension: added.dimension, value: added.value, credits_micro: added.credits_micro })
}
