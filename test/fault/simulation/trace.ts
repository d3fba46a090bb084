import type { VirtualTime } from './time/virtual-time.ts'

/** What happened in a run, step by step. Off unless a run is looked at, since most are not. */
export class Trace {
  readonly lines: string[] = []
  readonly #time: VirtualTime
  readonly #startMs: number
  readonly #isOn: boolean

  constructor(time: VirtualTime, isOn: boolean) {
    this.#time = time
    this.#startMs = time.nowMs
    this.#isOn = isOn
  }

  add(who: string, what: () => string): void {
    if (!this.#isOn) return
    const atMs = String(this.#time.nowMs - this.#startMs).padStart(7)
    this.lines.push(`${atMs} ms  ${who.padEnd(14)} ${what()}`)
  }
}
