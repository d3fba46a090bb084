import { deltaPaneStart } from '@meterline/domain'

import type { AttributedLane } from '../attribution/lane.ts'
import type { MeterItem } from '../meter-item.ts'
import type { RatedUnits } from '../rating/rated-units.ts'
import { DriverSums } from './driver-sums.ts'
import { Pane } from './pane.ts'
import type { PaneSums } from './pane-sums.ts'
import { PATH_LEVELS, type PathScopes } from './path-scopes.ts'
import type { Scope } from './scope-table.ts'

/**
 * Adds up a batch per scope and pane (a second, as a rule), so that a hot team costs no more than a quiet one. Events of one path
 * meet in the path's own pane; what it has goes up the path when the batch ends. A scope that has one part below it shows the sums
 * of that part: many projects, each with its own budget, cost one addition each, and not one at every level.
 */
export class SpendCombiner {
  #panes: Pane<Scope>[] = []
  #paths: Pane<PathScopes>[][] = PATH_LEVELS.map(() => [])

  add(item: MeterItem, lane: AttributedLane, rated: RatedUnits): void {
    const startMs = deltaPaneStart(item.scan.timestampMs, item.record.timestampMs)
    const ofPath = this.#pathPane(lane.path, startMs).sums
    ofPath.add(rated)
    const drivers = (ofPath.drivers ??= new DriverSums())
    const { creditsMicro } = rated
    const { model, user, customer, endpoint, promptVersion, product } = item
    drivers.add(lane.apiKey, creditsMicro)
    this.#sumsOf(lane.apiKey, startMs).add(rated)
    if (model !== undefined) {
      drivers.add(model, creditsMicro)
      this.#sumsOf(model, startMs).add(rated)
    }
    if (user !== undefined) {
      drivers.add(user, creditsMicro)
      this.#sumsOf(user, startMs).add(rated)
    }
    if (endpoint !== undefined) {
      drivers.add(endpoint, creditsMicro)
      this.#sumsOf(endpoint, startMs).add(rated)
    }
    if (customer !== undefined) this.#sumsOf(customer, startMs).add(rated)
    if (promptVersion !== undefined) this.#sumsOf(promptVersion, startMs).add(rated)
    if (product !== undefined) this.#sumsOf(product, startMs).add(rated)
  }

  /** All panes of the batch, each scope and start once; what comes next begins anew. */
  take(): readonly Pane<Scope>[] {
    // The lowest first: what a part has is whole before it goes further up.
    for (let level = PATH_LEVELS.length - 1; level >= 0; level--) {
      for (const { of, startMs, sums } of this.#paths[level]!) {
        if (of.scope !== undefined) this.#handToScope(of.scope, startMs, sums)
        if (of.above !== undefined) this.#handUp(of.above, startMs, sums)
        of.forget()
      }
    }
    for (const { of } of this.#panes) of.forget()
    const panes = this.#panes
    this.#panes = []
    this.#paths = PATH_LEVELS.map(() => [])
    return panes
  }

  #handToScope(scope: Scope, startMs: number, sums: PaneSums): void {
    const known = scope.find(startMs)
    if (known === undefined) this.#begin(scope, startMs, sums)
    else known.merge(sums)
  }

  #handUp(path: PathScopes, startMs: number, sums: PaneSums): void {
    const known = path.find(startMs)
    if (known === undefined) this.#beginPath(path, startMs, sums)
    else known.merge(sums)
  }

  #sumsOf(scope: Scope, startMs: number): PaneSums {
    return (scope.find(startMs) ?? this.#begin(scope, startMs)).sums
  }

  #pathPane(path: PathScopes, startMs: number): Pane<PathScopes> {
    return path.find(startMs) ?? this.#beginPath(path, startMs)
  }

  #begin(scope: Scope, startMs: number, lent?: PaneSums): Pane<Scope> {
    const pane = new Pane(scope, startMs, lent)
    scope.keep(pane)
    this.#panes.push(pane)
    return pane
  }

  #beginPath(path: PathScopes, startMs: number, lent?: PaneSums): Pane<PathScopes> {
    const pane = new Pane(path, startMs, lent)
    path.keep(pane)
    this.#paths[path.level]!.push(pane)
    return pane
  }
}
