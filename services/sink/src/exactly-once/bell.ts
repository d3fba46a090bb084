/**
 * Wakes whoever waits for something that may happen often, or never. A wait that is over leaves nothing behind, as it would in a race against
 * a promise: each race adds its reactions to it, and they stay for as long as that promise is open.
 */
export class Bell {
  readonly #waiting = new Set<() => void>()

  ring(): void {
    // Who waits again when woken is for the next ring.
    const waiting = [...this.#waiting]
    for (const wake of waiting) wake()
  }

  /** How many wait now. */
  get waiting(): number {
    return this.#waiting.size
  }

  add(wake: () => void): void {
    this.#waiting.add(wake)
  }

  delete(wake: () => void): void {
    this.#waiting.delete(wake)
  }
}

/** Resolves when the first of these bells rings, or after so long. What is waited for has to be looked at in the same turn as this is called. */
export function firstRing(bells: readonly Bell[], withinMs?: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      for (const bell of bells) bell.delete(done)
      resolve()
    }
    const timer = withinMs === undefined ? undefined : setTimeout(done, withinMs)
    for (const bell of bells) bell.add(done)
  })
}
