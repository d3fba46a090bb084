import type { SimProcess } from '../time/sim-process.ts'
import type { VirtualTime } from '../time/virtual-time.ts'
import type { Faults } from './faults.ts'

export interface Request<T> {
  readonly process: SimProcess
  readonly where: () => string
  /** Runs on the server, in no process. */
  readonly serve: () => Promise<T> | T
  /** What the caller sees when no answer comes. */
  readonly noAnswer: () => Error
  /** The caller waits no longer; what it sent goes its way. */
  readonly signal?: AbortSignal | undefined
}

const GIVE_UP_MS = 300

/** Between processes and servers: every request may be late or lost on either way, and its sender may die on either side of it. */
export class Network {
  readonly #time: VirtualTime
  readonly #faults: Faults

  constructor(time: VirtualTime, faults: Faults) {
    this.#time = time
    this.#faults = faults
  }

  call<T>(request: Request<T>): Promise<T> {
    const { process, where, signal } = request
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(request.noAnswer()), { once: true })
      if (!this.#faults.survives(process, () => `before ${where()}`)) return
      process.deliver(() => this.#send(request, resolve, reject))
    })
  }

  #send<T>(request: Request<T>, resolve: (answer: T) => void, reject: (error: unknown) => void): void {
    const { process, where, noAnswer } = request
    const fate = this.#faults.fateOf(process, where)
    const answer = (settle: () => void): void => {
      this.#time.after(this.#faults.latencyMs(), () =>
        process.deliver(() => {
          if (this.#faults.survives(process, () => `after ${where()}`)) process.deliver(settle)
        }),
      )
    }
    if (fate !== 'served') {
      this.#time.after(GIVE_UP_MS, () => process.deliver(() => reject(noAnswer())))
    }
    if (fate === 'request-lost') return
    const wayMs = fate === 'late' ? this.#faults.lateMs() : this.#faults.latencyMs()
    this.#time.after(wayMs, () => {
      void serve(request).then((settle) => {
        if (fate === 'served') answer(() => settle(resolve, reject))
      })
    })
  }
}

type Settle<T> = (resolve: (answer: T) => void, reject: (error: unknown) => void) => void

async function serve<T>(request: Request<T>): Promise<Settle<T>> {
  try {
    const answer = await request.serve()
    return (resolve) => resolve(answer)
  } catch (error) {
    return (_resolve, reject) => reject(error)
  }
}
