import type { ProducerState } from '../../../../packages/kafka/src/wire/describe-producers.ts'
import { refused } from './errors.ts'

export interface GroupOffset {
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly metadata: string
}

interface Ref {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

interface Transaction {
  readonly producerId: number
  epoch: number
  state: 'none' | 'ongoing' | 'ending'
  lastOutcome: 'commit' | 'abort' | undefined
  /** `topic partition` */
  readonly partitions: Set<string>
  readonly groups: Set<string>
  readonly offsets: GroupOffset[]
  /** Whose marker was lost: neither committed nor given up. */
  lostOffsets: { readonly epoch: number; readonly offset: GroupOffset }[]
  timeoutMs: number
  /** Tells one transaction from the next, for the timer of its timeout. */
  generation: number
}

/** What the coordinator has others do, in its own time: not all at once, but all of it. */
export interface TransactionEffects {
  mark(
    at: { readonly key: string; readonly producerId: number; readonly epoch: number },
    outcome: 'commit' | 'abort',
  ): void
  commitOffset(offset: GroupOffset): void
  /** A broker is killed after the decision: at its next start it leaves out markers, and calls the transaction complete. */
  losesMarkers(transactionalId: string): 'none' | 'some' | 'all'
  coin(): boolean
  /** Goes into the coordinators' own log. */
  decided(decision: {
    readonly transactionalId: string
    readonly producerId: number
    readonly producerEpoch: number
    readonly outcome: 'commit' | 'abort'
  }): void
  later(call: () => void): void
  after(ms: number, call: () => void): void
  readonly fences: boolean
}

/** The transaction coordinator: epochs, one transaction at a time for each id, ends that take effect partition by partition. */
export class Transactions {
  readonly #effects: TransactionEffects
  readonly #byId = new Map<string, Transaction>()

  constructor(effects: TransactionEffects) {
    this.#effects = effects
  }

  /** Fences the former owner; refuses with CONCURRENT_TRANSACTIONS until its transaction is resolved. */
  init(transactionalId: string, timeoutMs: number): { producerId: number; producerEpoch: number } {
    const transaction = this.#byId.get(transactionalId) ?? this.#create(transactionalId)
    if (transaction.state === 'ongoing') {
      this.#fence(transaction)
      this.#end(transactionalId, transaction, 'abort')
    }
    if (transaction.state === 'ending') throw refused.concurrentTransactions()
    this.#fence(transaction)
    transaction.lastOutcome = undefined
    transaction.timeoutMs = timeoutMs
    return { producerId: transaction.producerId, producerEpoch: transaction.epoch }
  }

  addPartitions(ref: Ref, keys: readonly string[]): void {
    const transaction = this.#begun(ref)
    for (const key of keys) transaction.partitions.add(key)
  }

  addGroup(ref: Ref, groupId: string): void {
    this.#begun(ref).groups.add(groupId)
  }

  /** Offsets stay pending until the transaction ends. */
  addOffset(ref: Ref, offset: GroupOffset): void {
    const transaction = this.#of(ref)
    if (transaction.state !== 'ongoing' || !transaction.groups.has(offset.groupId)) {
      throw refused.invalidTransactionState()
    }
    transaction.offsets.push(offset)
  }

  /** Whether a batch of that producer may be appended: brokers ask before the first one of a transaction. */
  verifies(producerId: number, epoch: number, key: string): boolean {
    const transaction = this.#byId.values().find((each) => each.producerId === producerId)
    return transaction?.state === 'ongoing' && transaction.epoch === epoch && transaction.partitions.has(key)
  }

  end(ref: Ref, outcome: 'commit' | 'abort'): void {
    const transaction = this.#of(ref)
    if (transaction.state === 'ending') throw refused.concurrentTransactions()
    if (transaction.state === 'ongoing') return this.#end(ref.transactionalId, transaction, outcome)
    if (transaction.lastOutcome !== outcome) throw refused.invalidTransactionState()
  }

  openIds(): string[] {
    return [...this.#byId]
      .filter(([, { state, lostOffsets }]) => state !== 'none' || lostOffsets.length > 0)
      .map(([id]) => id)
  }

  /** Who has positions open that are nobody's. */
  openPositions(): ProducerState[] {
    return [...this.#byId.values()].flatMap(({ producerId, epoch, lostOffsets, state, offsets }) =>
      lostOffsets.length > 0 || (state === 'ongoing' && offsets.length > 0)
        ? [
            {
              producerId,
              producerEpoch: lostOffsets.at(-1)?.epoch ?? epoch,
              coordinatorEpoch: 0,
              openSince: 0,
            },
          ]
        : [],
    )
  }

  /** A marker for the positions, from outside. */
  endPositions(producerId: number, outcome: 'commit' | 'abort'): void {
    for (const transaction of this.#byId.values()) {
      if (transaction.producerId !== producerId) continue
      if (outcome === 'commit')
        for (const { offset } of transaction.lostOffsets) this.#effects.commitOffset(offset)
      transaction.lostOffsets = []
    }
  }

  #create(transactionalId: string): Transaction {
    const transaction: Transaction = {
      producerId: this.#byId.size + 1_000,
      epoch: -1,
      state: 'none',
      lastOutcome: undefined,
      partitions: new Set(),
      groups: new Set(),
      offsets: [],
      lostOffsets: [],
      timeoutMs: 0,
      generation: 0,
    }
    this.#byId.set(transactionalId, transaction)
    return transaction
  }

  #fence(transaction: Transaction): void {
    if (this.#effects.fences || transaction.epoch < 0) transaction.epoch += 1
  }

  #of(ref: Ref): Transaction {
    const transaction = this.#byId.get(ref.transactionalId)
    if (transaction === undefined || transaction.producerId !== ref.producerId) {
      throw refused.invalidProducerIdMapping()
    }
    if (ref.producerEpoch !== transaction.epoch) throw refused.invalidProducerEpoch()
    return transaction
  }

  #begun(ref: Ref): Transaction {
    const transaction = this.#of(ref)
    if (transaction.state === 'ending') throw refused.concurrentTransactions()
    if (transaction.state === 'none') {
      transaction.state = 'ongoing'
      transaction.generation += 1
      const { generation } = transaction
      this.#effects.after(transaction.timeoutMs, () => {
        if (transaction.state !== 'ongoing' || transaction.generation !== generation) return
        this.#fence(transaction)
        this.#end(ref.transactionalId, transaction, 'abort')
      })
    }
    return transaction
  }

  #end(transactionalId: string, transaction: Transaction, outcome: 'commit' | 'abort'): void {
    transaction.state = 'ending'
    transaction.lastOutcome = outcome
    const { producerId, epoch, partitions, groups, offsets } = transaction
    this.#effects.decided({ transactionalId, producerId, producerEpoch: epoch, outcome })
    const loses = this.#effects.losesMarkers(transactionalId)
    const isLost = (): boolean => loses === 'all' || (loses === 'some' && this.#effects.coin())
    const steps = [...partitions].map((key) => () => {
      if (!isLost()) this.#effects.mark({ key, producerId, epoch }, outcome)
    })
    if (offsets.length > 0 || transaction.lostOffsets.length > 0) {
      const pending = [...transaction.lostOffsets, ...offsets.map((offset) => ({ epoch, offset }))]
      transaction.lostOffsets = pending
      steps.push(() => {
        if (isLost()) return
        transaction.lostOffsets = []
        if (outcome === 'commit') for (const { offset } of pending) this.#effects.commitOffset(offset)
      })
    }
    partitions.clear()
    groups.clear()
    offsets.length = 0
    let left = steps.length
    if (left === 0) transaction.state = 'none'
    for (const step of steps) {
      this.#effects.later(() => {
        step()
        left -= 1
        if (left === 0) transaction.state = 'none'
      })
    }
  }
}
