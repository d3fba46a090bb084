import type { Pane } from './pane.ts'

/** What has panes in the batch at hand. */
export class BatchPanes<Of> {
  /** The one used last: nearly always the one that is used next. */
  #recent: Pane<Of> | undefined = undefined
  /** All of them by their start, as soon as there are two. */
  #byStart: Map<number, Pane<Of>> | undefined = undefined

  find(startMs: number): Pane<Of> | undefined {
    const recent = this.#recent
    if (recent === undefined) return undefined
    if (recent.startMs === startMs) return recent
    const pane = this.#byStart?.get(startMs)
    if (pane !== undefined) this.#recent = pane
    return pane
  }

  keep(pane: Pane<Of>): void {
    if (this.#recent !== undefined) {
      this.#byStart ??= new Map([[this.#recent.startMs, this.#recent]])
      this.#byStart.set(pane.startMs, pane)
    }
    this.#recent = pane
  }

  forget(): void {
    this.#recent = undefined
    this.#byStart = undefined
  }
}
