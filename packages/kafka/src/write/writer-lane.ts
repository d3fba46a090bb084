import type { OutputMessage } from '@meterline/topology'
import type { KafkaError } from '../errors.ts'
import {
  BATCH_HEADER_BYTES,
  messageSizeBound,
  type ProducerIdentity,
  RecordBatch,
} from '../wire/record-batch.ts'
import type { BatchMemory } from './batch-memory.ts'
import { nextSequence } from './sequence.ts'

/** Who waits for what one `send` wants written to one partition. */
export interface LaneEntry {
  readonly deadlineMs: number
  /** Called once. */
  settle(error: KafkaError | undefined): void
}

/** A record batch that has its sequence numbers: it is sent as it is until it is acknowledged or given up. */
interface SealedBatch {
  readonly bytes: Buffer
}

export interface WriterLane {
  readonly topic: string
  readonly partition: number
  /** Its own producer id, so that giving up a batch disturbs no other partition; `undefined` until asked for. */
  identity: ProducerIdentity | undefined
  /** Not before this time: the last attempt failed. */
  notBeforeMs: number
  inFlight: boolean
  readonly sealed: SealedBatch | undefined
  /** Encodes the messages: of them and of their bytes nothing is kept. */
  push(messages: readonly OutputMessage[], entry: LaneEntry, nowMs: number): void
  isIdle(): boolean
  /** Gives the oldest batch its place in the sequence; false when there is none. */
  seal(): boolean
  acknowledge(): void
  /** The attempt failed: whether its bytes are still on their way somewhere is not known, so their memory is not used again. */
  retain(): void
  /** Gives up the batch at hand with everything in it; where none is, what is queued: its topic cannot be written to. */
  abandon(error: KafkaError): void
  /** Settles what is past its deadline. A batch is abandoned once nobody waits for it. */
  expire(nowMs: number, error: () => KafkaError): void
}

/** The queue of one partition: one batch under way at a time, so order and sequence numbers are trivially right. */
export function createWriterLane(
  topic: string,
  partition: number,
  options: {
    /** Of one batch; a larger message stands alone. */
    readonly maxBatchBytes: number
    readonly memory: BatchMemory
  },
): WriterLane {
  const { maxBatchBytes, memory } = options
  let queue: OpenBatch[] = []
  let sealed: (OpenBatch & SealedBatch) | undefined
  let mayReuse = true
  let sequence = 0

  /** The batch that takes a message of so many bytes at most. */
  function openFor(bytes: number): OpenBatch {
    const last = queue.at(-1)
    const needed = (last?.batch.bytes ?? 0) + bytes
    if (last !== undefined && needed <= maxBatchBytes) {
      const { memory: former } = last.batch
      if (needed > former.length) {
        last.batch.moveTo(memory.take(Math.max(needed, 2 * former.length)))
        memory.giveBack(former)
      }
      return last
    }
    const batch = new RecordBatch(memory.take(BATCH_HEADER_BYTES + bytes))
    const opened: OpenBatch = { batch, completes: [], touches: [] }
    queue.push(opened)
    return opened
  }

  /** Batches that nobody waits for any more are not sent at all. */
  function dropUnwanted(): void {
    queue = queue.filter(({ touches }) => touches.some(({ isSettled }) => !isSettled))
  }

  const lane: WriterLane = {
    topic,
    partition,
    identity: undefined,
    notBeforeMs: 0,
    inFlight: false,
    get sealed() {
      return sealed
    },

    push: (messages, entry, nowMs) => {
      const waiting: Waiting = { entry, isSettled: false }
      let open: OpenBatch | undefined
      for (const message of messages) {
        const bytes = messageSizeBound(message)
        const into = openFor(bytes)
        if (into !== open) into.touches.push(waiting)
        into.batch.append(message, nowMs)
        open = into
      }
      open?.completes.push(waiting)
    },

    isIdle: () => queue.length === 0 && sealed === undefined,

    seal: () => {
      if (lane.identity === undefined) return false
      const oldest = queue.shift()
      if (oldest === undefined) return false
      const { batch } = oldest
      sealed = {
        ...oldest,
        bytes: batch.seal({ ...lane.identity, baseSequence: sequence, transactional: false }),
      }
      mayReuse = true
      sequence = nextSequence(sequence, batch.count)
      return true
    },

    acknowledge: () => {
      const done = sealed
      sealed = undefined
      if (done === undefined) return
      if (mayReuse) memory.giveBack(done.batch.memory)
      for (const waiting of done.completes) settleOnce(waiting, undefined)
    },

    retain: () => {
      mayReuse = false
    },

    abandon: (error) => {
      const given = sealed
      sealed = undefined
      // Whether the broker has this batch is not known, so neither is the next sequence number: begin anew.
      lane.identity = undefined
      sequence = 0
      const unwritten = given === undefined ? queue.flatMap(({ touches }) => touches) : given.touches
      for (const waiting of unwritten) settleOnce(waiting, error)
      dropUnwanted()
    },

    expire: (nowMs, error) => {
      const isLate = ({ entry }: Waiting): boolean => entry.deadlineMs <= nowMs
      if (sealed?.touches.every(isLate) === true) lane.abandon(error())
      let anyLate = false
      for (const { touches } of sealed === undefined ? queue : [sealed, ...queue]) {
        for (const waiting of touches) {
          if (waiting.isSettled || !isLate(waiting)) continue
          settleOnce(waiting, error())
          anyLate = true
        }
      }
      if (anyLate) dropUnwanted()
    },
  }
  return lane
}

interface Waiting {
  readonly entry: LaneEntry
  isSettled: boolean
}

interface OpenBatch {
  readonly batch: RecordBatch
  /** Whose last message it holds: settled when it is acknowledged. */
  readonly completes: Waiting[]
  readonly touches: Waiting[]
}

function settleOnce(waiting: Waiting, error: KafkaError | undefined): void {
  if (waiting.isSettled) return
  waiting.isSettled = true
  waiting.entry.settle(error)
}
