import type { OutputMessage } from '@meterline/topology'
import { encodeRecordBatch, messageSizeBound, type ProducerIdentity } from '../wire/encode-batch.ts'
import type { KafkaError } from '../errors.ts'
import { nextSequence } from './sequence.ts'

/** What one `send` wants written to one partition. */
export interface LaneEntry {
  readonly messages: readonly OutputMessage[]
  readonly deadlineMs: number
  settle(error: KafkaError | undefined): void
}

/** A record batch that has its sequence numbers: it is sent as it is until it is acknowledged or given up. */
interface SealedBatch {
  readonly bytes: Buffer
  /** Entries of which this batch holds the last messages: settled when it is acknowledged. */
  readonly completes: readonly LaneEntry[]
  readonly touches: readonly LaneEntry[]
}

export interface WriterLane {
  readonly topic: string
  readonly partition: number
  /** Its own producer id, so that giving up a batch disturbs no other partition; `undefined` until asked for. */
  identity: ProducerIdentity | undefined
  /** Not before this time: the last attempt failed. */
  notBeforeMs: number
  inFlight: boolean
  sealed: SealedBatch | undefined
  push(entry: LaneEntry): void
  isIdle(): boolean
  /** Makes the next batch of what is queued, at most `maxBytes`; false when nothing is. */
  seal(maxBytes: number, nowMs: number): boolean
  acknowledge(): void
  /** Gives up the batch at hand with everything in it; where none is, what is queued: its topic cannot be written to. */
  abandon(error: KafkaError): void
  /** Settles what is past its deadline. A sealed batch is abandoned once nobody waits for it. */
  expire(nowMs: number, error: () => KafkaError): void
}

/** The queue of one partition: one batch under way at a time, so order and sequence numbers are trivially right. */
export function createWriterLane(topic: string, partition: number): WriterLane {
  let queue: { entry: LaneEntry; from: number }[] = []
  let sequence = 0
  const settled = new WeakSet<LaneEntry>()

  function settle(entry: LaneEntry, error: KafkaError | undefined): void {
    if (settled.has(entry)) return
    settled.add(entry)
    entry.settle(error)
  }

  const lane: WriterLane = {
    topic,
    partition,
    identity: undefined,
    notBeforeMs: 0,
    inFlight: false,
    sealed: undefined,

    push: (entry) => {
      queue.push({ entry, from: 0 })
    },

    isIdle: () => queue.length === 0 && lane.sealed === undefined,

    seal: (maxBytes, nowMs) => {
      if (lane.identity === undefined || queue.length === 0) return false
      const messages: OutputMessage[] = []
      const completes: LaneEntry[] = []
      const touches: LaneEntry[] = []
      let bytes = 0
      let used = 0
      collect: for (const item of queue) {
        const first = item.from
        while (item.from < item.entry.messages.length) {
          const message = item.entry.messages[item.from]!
          const size = messageSizeBound(message)
          if (messages.length > 0 && bytes + size > maxBytes) break collect
          if (item.from === first) touches.push(item.entry)
          messages.push(message)
          bytes += size
          item.from++
        }
        completes.push(item.entry)
        used++
      }
      queue = queue.slice(used)
      const header = { ...lane.identity, baseSequence: sequence, transactional: false, nowMs }
      lane.sealed = { bytes: encodeRecordBatch(messages, header), completes, touches }
      sequence = nextSequence(sequence, messages.length)
      return true
    },

    acknowledge: () => {
      const { sealed } = lane
      lane.sealed = undefined
      for (const entry of sealed?.completes ?? []) settle(entry, undefined)
    },

    abandon: (error) => {
      const { sealed } = lane
      lane.sealed = undefined
      // Whether the broker has this batch is not known, so neither is the next sequence number: begin anew.
      lane.identity = undefined
      sequence = 0
      for (const entry of sealed?.touches ?? queue.map((item) => item.entry)) settle(entry, error)
      queue = queue.filter(({ entry }) => !settled.has(entry))
    },

    expire: (nowMs, error) => {
      const isLate = (entry: LaneEntry): boolean => entry.deadlineMs <= nowMs
      if (lane.sealed !== undefined) {
        if (lane.sealed.touches.every(isLate)) lane.abandon(error())
        else for (const entry of lane.sealed.touches) if (isLate(entry)) settle(entry, error())
      }
      for (const { entry } of queue) if (isLate(entry)) settle(entry, error())
      queue = queue.filter(({ entry }) => !settled.has(entry))
    },
  }
  return lane
}
