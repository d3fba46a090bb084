import { deltaPaneStart } from '@meterline/domain'

import type { AttributedLane } from '../attribution/lane.ts'
import type { MeterItem } from '../meter-item.ts'
import type { RatedUnits } from '../rating/rated-units.ts'
import { DriverSums } from './driver-sums.ts'
import { Pane } from './pane.ts'
import type { PathScopes } from './path-scopes.ts'
import type { Scope } from './scope-table.ts'

/**
 * Adds up a batch per scope and pane (a second, as a rule), so that a hot team costs no more than a quiet one. Events of one path meet in the
 * path's own pane, which is shared out to the scopes of the path when the batch ends.
 */
export class SpendCombiner {
  #panes: Pane[] = []
  #pathPanes: { readonly pane: Pane; readonly path: PathScopes }[] = []

  add(item: MeterItem, lane: AttributedLane, rated: RatedUnits): void {
    const startMs = deltaPaneStart(item.scan.timestampMs, item.record.timestampMs)
    const drivers = this.#addToPath(lane.path, rated, startMs)
    const { creditsMicro } = rated
    const { user, customer, endpoint, promptVersion, product } = item
    drivers.add(lane.model, creditsMicro)
    drivers.add(lane.apiKey, creditsMicro)
    addTo(this.#paneOf(lane.model, startMs), rated)
    addTo(this.#paneOf(lane.apiKey, startMs), rated)
    if (user !== undefined) {
      drivers.add(user, creditsMicro)
      addTo(this.#paneOf(user, startMs), rated)
    }
    if (endpoint !== undefined) {
      drivers.add(endpoint, creditsMicro)
      addTo(this.#paneOf(endpoint, startMs), rated)
    }
    if (customer !== undefined) addTo(this.#paneOf(customer, startMs), rated)
    if (promptVersion !== undefined) addTo(this.#paneOf(promptVersion, startMs), rated)
    if (product !== undefined) addTo(this.#paneOf(product, startMs), rated)
  }

  /** All panes of the batch, each scope and start once; what comes next begins anew. */
  take(): readonly Pane[] {
    for (const { pane, path } of this.#pathPanes) {
      for (const scope of path.scopes) {
        const target = this.#paneOf(scope, pane.startMs)
        target.merge(pane)
      }
      forget(path.self)
    }
    for (const { scope } of this.#panes) forget(scope)
    const panes = this.#panes
    this.#panes = []
    this.#pathPanes = []
    return panes
  }

  #addToPath(path: PathScopes, rated: RatedUnits, startMs: number): DriverSums {
    let pane = find(path.self, startMs)
    if (pane === undefined) {
      pane = new Pane(path.self, startMs)
      keep(pane)
      this.#pathPanes.push({ pane, path })
    }
    addTo(pane, rated)
    return (pane.drivers ??= new DriverSums())
  }

  #paneOf(scope: Scope, startMs: number): Pane {
    const known = find(scope, startMs)
    if (known !== undefined) return known
    const pane = new Pane(scope, startMs)
    keep(pane)
    this.#panes.push(pane)
    return pane
  }
}

function addTo(pane: Pane, rated: RatedUnits): void {
  pane.creditsMicro += rated.creditsMicro
  pane.requests += rated.requests
  if (rated.isUnrated) pane.unratedRequests += rated.requests
  pane.addUnits(rated.meters, rated.amounts)
}

function find(scope: Scope, startMs: number): Pane | undefined {
  const { recent } = scope
  if (recent === undefined) return undefined
  if (recent.startMs === startMs) return recent
  const pane = scope.byStart?.get(startMs)
  if (pane !== undefined) scope.recent = pane
  return pane
}

function keep(pane: Pane): void {
  const { scope } = pane
  if (scope.recent !== undefined) {
    scope.byStart ??= new Map([[scope.recent.startMs, scope.recent]])
    scope.byStart.set(pane.startMs, pane)
  }
  scope.recent = pane
}

function forget(scope: Scope): void {
  scope.recent = undefined
  scope.byStart = undefined
}
