interface Timer {
  readonly atMs: number
  readonly sequence: number
  readonly run: () => void
  cancelled: boolean
}

export interface Cancellable {
  cancel(): void
}

// The real one, taken before anything is replaced.
const realImmediate = setImmediate

/**
 * The only clock and the only scheduler of a run. Timers fire one at a time, in the order of their time and then of their
 * making, and each has its whole cascade of promises behind it before the next one fires: so a run is the same every time.
 */
export class VirtualTime {
  nowMs: number
  firedTimers = 0
  /** The next one last. */
  readonly #timers: Timer[] = []
  #made = 0

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  after(ms: number, run: () => void): Cancellable {
    const timer: Timer = { atMs: this.nowMs + Math.max(0, ms), sequence: this.#made++, run, cancelled: false }
    this.#timers.splice(this.#placeOf(timer), 0, timer)
    return {
      cancel: () => {
        timer.cancelled = true
      },
    }
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve)
    })
  }

  /** Fires timers until `isOver`, the time is up, or nothing is left to fire. */
  async runUntil(isOver: () => boolean, endMs: number): Promise<'over' | 'time is up' | 'nothing left'> {
    await settled()
    while (!isOver()) {
      const timer = this.#timers.pop()
      if (timer === undefined) return 'nothing left'
      if (timer.cancelled) continue
      if (timer.atMs > endMs) return 'time is up'
      this.nowMs = timer.atMs
      this.firedTimers += 1
      timer.run()
      await settled()
    }
    return 'over'
  }

  #placeOf(timer: Timer): number {
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#timers[middle]!
      const isLater =
        other.atMs > timer.atMs || (other.atMs === timer.atMs && other.sequence > timer.sequence)
      if (isLater) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Resolves when no promise has anything left to do. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    realImmediate(resolve)
  })
}
