import { AsyncLocalStorage } from 'node:async_hooks'

import type { VirtualTime } from './virtual-time.ts'

/** Whose code is running: it follows every promise and timer that the code makes. */
const running = new AsyncLocalStorage<SimProcess>()

export const currentProcess = (): SimProcess | undefined => running.getStore()

/**
 * One operating-system process, from its start to its death. What it waits for reaches it only while it lives (`kill -9`: never
 * again) and is not stopped (SIGSTOP: all of it when it goes on, as a zombie that knows nothing of the time between).
 */
export class SimProcess {
  readonly name: string
  readonly #time: VirtualTime
  #isAlive = true
  #stoppedUntilMs = -Infinity
  /** Of its wall clock. */
  clockSkewMs = 0

  constructor(name: string, time: VirtualTime) {
    this.name = name
    this.#time = time
  }

  get isAlive(): boolean {
    return this.#isAlive
  }

  get isStopped(): boolean {
    return this.#stoppedUntilMs > this.#time.nowMs
  }

  get wallClockMs(): number {
    return this.#time.nowMs + this.clockSkewMs
  }

  run<T>(code: () => T): T {
    return running.run(this, code)
  }

  kill(): void {
    this.#isAlive = false
  }

  stopFor(ms: number): void {
    this.#stoppedUntilMs = this.#time.nowMs + ms
  }

  /** Lets `code` go on in this process: now, when it is woken, or never. */
  deliver(code: () => void): void {
    if (!this.#isAlive) return
    if (this.isStopped) this.#time.after(this.#stoppedUntilMs - this.#time.nowMs, () => this.deliver(code))
    else this.run(code)
  }
}
