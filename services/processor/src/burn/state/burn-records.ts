import { frame } from '@meterline/contract'
import type { StepContext } from '@meterline/topology'

import { DatumWriter } from '../wire/datum-writer.ts'
import { encodeMinute } from '../wire/encode-minute.ts'
import { encodeNumbers } from '../wire/encode-numbers.ts'
import { encodeState } from '../wire/encode-state.ts'
import type { BurnState } from './burn-state.ts'
import { readMinute } from './read-minute.ts'
import type { ScopeBurn } from './scope-burn.ts'
import type { StateMoment } from './spend-state-of.ts'
import { spendStateOf } from './spend-state-of.ts'
import type { ChangelogEntry } from './write-changes.ts'
import { changeKey, otherChanges } from './write-changes.ts'
import { watchedChanges } from './write-watched.ts'

/** Ids under which the schemas of what burn writes are registered. */
export interface BurnSchemaIds {
  readonly spendState: number
  readonly burnChangelog: number
  readonly spendLease: number
}

/** Writes what scopes stand at to `state`, and what changed of them to `changelog`. */
export class BurnRecords {
  readonly #burn: BurnState
  readonly #schemaIds: BurnSchemaIds
  readonly #emit: StepContext<unknown>['emit']
  readonly #writer = new DatumWriter()
  readonly #seconds: number[] = []

  constructor(burn: BurnState, schemaIds: BurnSchemaIds, { emit }: Pick<StepContext<unknown>, 'emit'>) {
    this.#burn = burn
    this.#schemaIds = schemaIds
    this.#emit = emit
  }

  writeState(scope: ScopeBurn, moment: StateMoment): void {
    const state = spendStateOf(scope, this.#burn, moment)
    const value = encodeState(this.#writer, this.#schemaIds.spendState, state)
    this.#emit('state', { key: scope.scope, value, timestampMs: state.as_of })
  }

  /** What is marked, as it stands now; the marks are taken. */
  writeChanges(scope: ScopeBurn): void {
    const { burnChangelog } = this.#schemaIds
    scope.marks.takeMinutes((minute) => {
      const change = readMinute(scope, minute, { calendar: this.#burn.calendar, seconds: this.#seconds })
      const value = change === undefined ? null : encodeMinute(this.#writer, burnChangelog, change)
      this.#emit('changelog', { key: `${scope.scope}|minute|${minute}`, value })
    })
    if (scope.marks.takeDetectors()) {
      watchedChanges(scope, (change) => {
        const value = encodeNumbers(this.#writer, burnChangelog, change)
        this.#emit('changelog', { key: changeKey(change), value })
      })
    }
    this.write(otherChanges(scope))
  }

  write(entries: readonly ChangelogEntry[]): void {
    for (const { key, datum } of entries) {
      const value = datum === null ? null : frame(this.#schemaIds.burnChangelog, datum)
      this.#emit('changelog', { key, value })
    }
  }
}
