import type { Random } from '@meterline/simulation'

import type { SimProcess } from '../time/sim-process.ts'
import type { VirtualTime } from '../time/virtual-time.ts'
import type { Trace } from '../trace.ts'

/** How likely each fault is, at each point where it may strike. */
export interface FaultRates {
  /** `kill -9`, before a request is sent or after its answer has come. */
  readonly kill: number
  /** SIGSTOP for longer than a session, then SIGCONT: a zombie goes on where it was. */
  readonly stop: number
  readonly loseRequest: number
  readonly loseAnswer: number
  /** The caller gives up; the request arrives all the same, seconds later. */
  readonly delayRequest: number
  /** A broker is killed between a transaction's decision and its markers, and loses some or all of them. */
  readonly loseMarkers: number
  /** Of the database's steps that take their time: a body on its way, a part being written. */
  readonly slowStore: number
}

/** For defects that only a rare coincidence shows. */
export const STORM: FaultRates = {
  kill: 0.002,
  stop: 0.001,
  loseRequest: 0.01,
  loseAnswer: 0.03,
  delayRequest: 0.05,
  loseMarkers: 0.02,
  slowStore: 0.5,
}

/** What becomes of a request. */
export type Fate = 'served' | 'request-lost' | 'answer-lost' | 'late'

const MAX_LATENCY_MS = 12
const MIN_STOP_MS = 200
const MAX_STOP_MS = 12_000
const MAX_LATE_MS = 6_000

/** Draws the faults of one run from its seed. After `endMs` there are none, so that everything can come to rest. */
export class Faults {
  readonly #random: Random
  readonly #time: VirtualTime
  readonly #trace: Trace
  readonly #rates: FaultRates
  readonly #endMs: number
  readonly counts = new Map<string, number>()
  onKilled: (process: SimProcess) => void = () => undefined

  constructor(options: {
    readonly random: Random
    readonly time: VirtualTime
    readonly trace: Trace
    readonly rates: FaultRates
    readonly endMs: number
  }) {
    this.#random = options.random
    this.#time = options.time
    this.#trace = options.trace
    this.#rates = options.rates
    this.#endMs = options.endMs
  }

  /** A point of the process's code: it may be its last, or its last for a while. False when the process is dead. */
  survives(process: SimProcess, where: () => string): boolean {
    const { kill, stop } = this.#rates
    if (this.#strikes(kill)) {
      this.#note('kill', process, where)
      process.kill()
      this.onKilled(process)
      return false
    }
    if (this.#strikes(stop)) {
      const ms = this.between(MIN_STOP_MS, MAX_STOP_MS)
      this.#note('stop', process, () => `${where()}, for ${ms} ms`)
      process.stopFor(ms)
    }
    return process.isAlive
  }

  fateOf(process: SimProcess, where: () => string): Fate {
    const { loseRequest, loseAnswer, delayRequest } = this.#rates
    const fate: Fate = this.#strikes(loseRequest)
      ? 'request-lost'
      : this.#strikes(loseAnswer)
        ? 'answer-lost'
        : this.#strikes(delayRequest)
          ? 'late'
          : 'served'
    if (fate !== 'served') this.#note(fate, process, where)
    return fate
  }

  get areOver(): boolean {
    return this.#time.nowMs >= this.#endMs
  }

  losesMarkers(transactionalId: string): 'none' | 'some' | 'all' {
    if (!this.#strikes(this.#rates.loseMarkers)) return 'none'
    const loses = this.chance(0.5) ? 'some' : 'all'
    this.note('lost-markers', 'kafka', () => `${loses} of ${transactionalId}`)
    return loses
  }

  isStoreSlow(): boolean {
    return this.#strikes(this.#rates.slowStore)
  }

  latencyMs(): number {
    return this.#random.below(MAX_LATENCY_MS)
  }

  lateMs(): number {
    return this.#random.below(MAX_LATE_MS)
  }

  /** A whole number in [low, high). */
  between(low: number, high: number): number {
    return low + this.#random.below(high - low)
  }

  chance(probability: number): boolean {
    return this.#random.next() < probability
  }

  note(kind: string, who: string, what: () => string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1)
    this.#trace.add(who, () => `FAULT ${kind} ${what()}`)
  }

  #note(kind: string, process: SimProcess, where: () => string): void {
    this.note(kind, process.name, where)
  }

  #strikes(rate: number): boolean {
    return rate > 0 && !this.areOver && this.#random.next() < rate
  }
}
