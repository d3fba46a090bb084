/** A clock that is set to a date and goes on from there as time does. It is never set back. */
export class RunningClock {
  #dateMs: number
  #setMs = performance.now()

  constructor(date: string) {
    this.#dateMs = Date.parse(date)
  }

  readonly nowMs = (): number => Math.floor(this.#dateMs + performance.now() - this.#setMs)

  set(date: string): void {
    const dateMs = Date.parse(date)
    if (dateMs < this.nowMs()) throw new RangeError(`${date} is over`)
    this.#dateMs = dateMs
    this.#setMs = performance.now()
  }
}
