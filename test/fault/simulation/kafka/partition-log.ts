import type { LogRecord } from '@meterline/topology'

import { decodeRecordBatches } from '../../../../packages/kafka/src/wire/decode-batches.ts'
import type { AbortedTransaction } from '../../../../packages/kafka/src/wire/decode-batches.ts'
import { abortMarker, commitMarker, moveBatch } from '../../../../packages/kafka/src/wire/sample-batches.ts'
import type { ProducerState as OpenProducer } from '../../../../packages/kafka/src/wire/describe-producers.ts'
import { batchHeader } from './batch-header.ts'
import { CODES } from './errors.ts'

interface Entry {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestampMs: number
  readonly bytes: Buffer
}

interface ProducerState {
  epoch: number
  nextSequence: number
  /** First sequence numbers of the batches it has sent: what comes again is known. */
  readonly seen: Set<number>
}

export interface FetchedLog {
  readonly batches: Buffer
  readonly aborted: readonly AbortedTransaction[]
  readonly stable: number
  readonly high: number
}

/** One partition as its leader keeps it: batches as bytes, who is inside a transaction, who has sent what. */
export class PartitionLog {
  readonly partition: number
  readonly #entries: Entry[] = []
  readonly #open = new Map<number, number>()
  readonly #aborted: (AbortedTransaction & { readonly lastOffset: number })[] = []
  readonly #producers = new Map<number, ProducerState>()
  #waiting: (() => void)[] = []
  /** For the mutation that reads what is not committed. */
  readonly #isolated: boolean
  high = 0

  constructor(partition: number, options: { readonly isolated: boolean }) {
    this.partition = partition
    this.#isolated = options.isolated
  }

  /** Where committed readers stop. */
  get stable(): number {
    if (!this.#isolated) return this.high
    return Math.min(this.high, ...this.#open.values())
  }

  /** Who has a transaction open here. */
  openProducers(): OpenProducer[] {
    return [...this.#open].map(([producerId, openSince]) => ({
      producerId,
      producerEpoch: this.#producers.get(producerId)?.epoch ?? -1,
      coordinatorEpoch: 0,
      openSince,
    }))
  }

  hasOpenTransaction(): boolean {
    return this.#open.size > 0
  }

  /** 0, or the error code of the refusal. */
  append(sent: Buffer): number {
    const header = batchHeader(sent)
    const { producerId, baseSequence, count, isTransactional } = header
    if (producerId >= 0) {
      const code = this.#admit(header)
      if (code !== 0) return code
      const state = this.#producers.get(producerId)!
      state.seen.add(baseSequence)
      state.nextSequence = baseSequence + count
      if (isTransactional && !this.#open.has(producerId)) this.#open.set(producerId, this.high)
    }
    this.#write(moveBatch(Buffer.from(sent), this.high), header.lastOffsetDelta + 1, header.maxTimestampMs)
    return 0
  }

  /** Ends a producer's transaction here. Always written, as brokers do, since the epoch goes with it. */
  mark(producerId: number, epoch: number, outcome: 'commit' | 'abort'): void {
    const firstOffset = this.#open.get(producerId)
    const offset = this.high
    this.#open.delete(producerId)
    if (outcome === 'abort' && firstOffset !== undefined) {
      this.#aborted.push({ producerId, firstOffset, lastOffset: offset })
    }
    const state = this.#producers.get(producerId)
    if (state !== undefined && epoch > state.epoch) this.#beginEpoch(state, epoch)
    const marker = outcome === 'commit' ? commitMarker : abortMarker
    this.#write(marker({ offset, producerId }), 1, 0)
  }

  read(fromOffset: number): FetchedLog {
    const { stable, high } = this
    const batches = this.#entries
      .slice(this.#indexOf(fromOffset))
      .filter((entry) => entry.baseOffset < stable)
      .map((entry) => entry.bytes)
    const aborted = this.#isolated
      ? this.#aborted.filter(
          ({ lastOffset, firstOffset }) => lastOffset >= fromOffset && firstOffset < stable,
        )
      : []
    return { batches: Buffer.concat(batches), aborted, stable, high }
  }

  /** All committed records; what a reader sees who begins now. */
  records(): readonly LogRecord[] {
    const { batches, aborted } = this.read(0)
    return decodeRecordBatches(batches, { partition: this.partition, fromOffset: 0, aborted }).records
  }

  /** The first record at or after that time; -1 when there is none. */
  offsetAtTime(timestampMs: number): number {
    return this.records().find((record) => record.timestampMs >= timestampMs)?.offset ?? -1
  }

  /** Resolves at the next change. */
  onChange(call: () => void): void {
    this.#waiting.push(call)
  }

  #admit(header: ReturnType<typeof batchHeader>): number {
    const { producerId, producerEpoch, baseSequence } = header
    let state = this.#producers.get(producerId)
    if (state === undefined) {
      state = { epoch: producerEpoch, nextSequence: 0, seen: new Set() }
      this.#producers.set(producerId, state)
    }
    if (producerEpoch < state.epoch) return CODES.invalidProducerEpoch
    if (producerEpoch > state.epoch) this.#beginEpoch(state, producerEpoch)
    if (state.seen.has(baseSequence)) return CODES.duplicateSequence
    return baseSequence === state.nextSequence ? 0 : CODES.outOfOrderSequence
  }

  #beginEpoch(state: ProducerState, epoch: number): void {
    state.epoch = epoch
    state.nextSequence = 0
    state.seen.clear()
  }

  #write(bytes: Buffer, offsets: number, maxTimestampMs: number): void {
    this.#entries.push({ baseOffset: this.high, lastOffset: this.high + offsets - 1, maxTimestampMs, bytes })
    this.high += offsets
    const waiting = this.#waiting
    this.#waiting = []
    for (const call of waiting) call()
  }

  #indexOf(offset: number): number {
    const index = this.#entries.findIndex((entry) => entry.lastOffset >= offset)
    return index === -1 ? this.#entries.length : index
  }
}
