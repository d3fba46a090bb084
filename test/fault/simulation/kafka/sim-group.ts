import type { Faults } from '../faults/faults.ts'
import type { SimProcess } from '../time/sim-process.ts'
import type { VirtualTime } from '../time/virtual-time.ts'
import type { Trace } from '../trace.ts'

interface Member {
  readonly id: string
  readonly process: SimProcess
  lastSeenMs: number
  generation: number
}

/** What a heartbeat answers: nothing new, another assignment, or that the group has given the member up. */
export type HeartbeatAnswer = 'stay' | 'rejoin' | 'unknown member'

/** Membership of one consumer group. Each member hears of a new assignment at its own next heartbeat: for a while two may hold one partition. */
export class SimGroup {
  readonly #partitions: readonly number[]
  readonly #faults: Faults
  readonly #time: VirtualTime
  readonly #trace: Trace
  readonly #name: string
  readonly #sessionTimeoutMs: number
  readonly #members = new Map<string, Member>()
  #assignment = new Map<string, number[]>()
  #generation = 0
  #joined = 0

  constructor(options: {
    readonly name: string
    readonly partitions: readonly number[]
    readonly faults: Faults
    readonly time: VirtualTime
    readonly trace: Trace
    readonly sessionTimeoutMs: number
  }) {
    this.#name = options.name
    this.#partitions = options.partitions
    this.#faults = options.faults
    this.#time = options.time
    this.#trace = options.trace
    this.#sessionTimeoutMs = options.sessionTimeoutMs
  }

  /** Returns the id of the new member. */
  join(process: SimProcess): string {
    const id = `${process.name}#${(this.#joined += 1)}`
    this.#members.set(id, { id, process, lastSeenMs: this.#time.nowMs, generation: -1 })
    this.rebalance('join')
    this.#watch(id)
    return id
  }

  leave(id: string): void {
    if (this.#members.delete(id)) this.rebalance('leave')
  }

  heartbeat(id: string): HeartbeatAnswer {
    const member = this.#members.get(id)
    if (member === undefined) return 'unknown member'
    member.lastSeenMs = this.#time.nowMs
    return member.generation === this.#generation ? 'stay' : 'rejoin'
  }

  /** The member's part of the present generation. */
  sync(id: string): readonly number[] | undefined {
    const member = this.#members.get(id)
    if (member === undefined) return undefined
    member.generation = this.#generation
    return this.#assignment.get(id) ?? []
  }

  rebalance(why: string): void {
    this.#generation += 1
    const ids = [...this.#members.keys()]
    this.#assignment = new Map(ids.map((id) => [id, []]))
    if (ids.length === 0) return
    const first = this.#faults.between(0, ids.length)
    for (const partition of this.#partitions) {
      this.#assignment.get(ids[(first + partition) % ids.length] ?? '')?.push(partition)
    }
    this.#trace.add('group', () => {
      const parts = [...this.#assignment].map(([id, partitions]) => `${id}:${partitions.join('+')}`)
      return `${this.#name} rebalances (${why}): ${parts.join(' ')}`
    })
  }

  #watch(id: string): void {
    this.#time.after(this.#sessionTimeoutMs / 2, () => {
      const member = this.#members.get(id)
      if (member === undefined) return
      if (this.#time.nowMs - member.lastSeenMs < this.#sessionTimeoutMs) return this.#watch(id)
      this.#members.delete(id)
      this.rebalance(`${id} is silent`)
    })
  }
}
