import type { OutputBatch } from '@meterline/topology'
import type { KafkaClient } from '../connection/client.ts'
import { brokerError } from '../connection/internals.ts'
import { KafkaError, isTransient, toKafkaError } from '../errors.ts'
import { messageSizeBound } from '../wire/record-batch.ts'
import { produceCall, type ProduceAnswer } from '../wire/produce.ts'
import { createBatchMemory } from './batch-memory.ts'
import { settleTogether } from './settle-together.ts'
import { createWriterLane, type WriterLane } from './writer-lane.ts'

export interface LogWriterOptions {
  /** Bytes accepted and not yet settled; beyond, `send` rejects with `full`. */
  readonly maxQueuedBytes?: number
  /** Largest record batch; must stay below the topics' `max.message.bytes`. A larger single record is tried on its own. */
  readonly maxBatchBytes?: number
  /** How long the first record waits for company while nothing is under way. */
  readonly lingerMs?: number
  /** How long a `send` may take when it names no deadline. */
  readonly sendTimeoutMs?: number
  onTrouble?(error: KafkaError): void
}

export interface LogWriter {
  /**
   * Resolves when every record is acknowledged by all in-sync replicas (idempotent: a retry inside never doubles).
   * @throws KafkaError `full` or `unavailable` (both retryable; after `unavailable` some of the records may have been written),
   * `refused` when a broker will never accept them.
   *
   * When it returns, everything is encoded: nothing is kept of the messages, and their bytes may be used for something else.
   */
  send(batches: readonly OutputBatch[], options?: { readonly timeoutMs?: number }): Promise<void>
  /** Bytes accepted and not yet settled, for metrics. */
  queuedBytes(): number
  /** Waits for what is under way, then closes the connections. */
  close(): Promise<void>
}

/**
 * Writes for many callers at once: whatever they queue while a request is under way goes out together with the next one, one
 * request a broker at a time, one record batch a partition. Thousands of small sends a second cost few requests.
 */
export function createLogWriter(client: KafkaClient, options: LogWriterOptions = {}): LogWriter {
  const maxQueuedBytes = options.maxQueuedBytes ?? 64 * 1024 * 1024
  const maxBatchBytes = options.maxBatchBytes ?? 900_000
  const lingerMs = options.lingerMs ?? 2
  const link = client.openLink()
  const memory = createBatchMemory(MAX_SPARE_BYTES)
  const lanes = new Map<string, WriterLane>()
  const busyNodes = new Set<number>()
  let queuedBytes = 0
  let pumpTimer: NodeJS.Timeout | undefined
  let expiryTimer: NodeJS.Timeout | undefined
  let planning = false
  let refreshing: Promise<void> | undefined
  let closed = false

  function laneOf(topic: string, partition: number): WriterLane {
    const key = `${topic} ${partition}`
    let lane = lanes.get(key)
    if (lane === undefined) {
      lane = createWriterLane(topic, partition, { maxBatchBytes, memory })
      lanes.set(key, lane)
    }
    return lane
  }

  function schedule(delayMs: number): void {
    pumpTimer ??= setTimeout(() => {
      pumpTimer = undefined
      void pump()
    }, delayMs)
  }

  async function pump(): Promise<void> {
    if (planning) return schedule(1)
    planning = true
    try {
      const nowMs = Date.now()
      const byNode = new Map<number, WriterLane[]>()
      for (const lane of lanes.values()) {
        if (lane.inFlight || lane.isIdle()) continue
        if (lane.notBeforeMs > nowMs) {
          schedule(lane.notBeforeMs - nowMs)
          continue
        }
        const nodeId = await prepare(lane)
        if (nodeId === undefined || busyNodes.has(nodeId)) continue
        const group = byNode.get(nodeId)
        if (group === undefined) byNode.set(nodeId, [lane])
        else group.push(lane)
      }
      for (const [nodeId, group] of byNode) void sendTo(nodeId, group)
    } finally {
      planning = false
    }
  }

  /** The lane's leader, once it has a producer id; `undefined` while either cannot be had. */
  async function prepare(lane: WriterLane): Promise<number | undefined> {
    try {
      lane.identity ??= await newIdentity()
      return await link.leaderOf(lane.topic, lane.partition)
    } catch (error) {
      troubled(lane, error)
      return undefined
    }
  }

  async function newIdentity(): Promise<{ producerId: number; producerEpoch: number }> {
    const broker = await link.anyBroker()
    const { producerId, producerEpoch } = await broker.initProducerId({
      transactionTimeout: UNUSED_TIMEOUT_MS,
    })
    return { producerId: Number(producerId), producerEpoch }
  }

  async function sendTo(nodeId: number, group: readonly WriterLane[]): Promise<void> {
    busyNodes.add(nodeId)
    const sending = group.flatMap((lane) => {
      if (lane.sealed === undefined) lane.seal()
      else lane.retain()
      return lane.sealed === undefined
        ? []
        : [
            {
              lane,
              sealed: lane.sealed,
              topic: lane.topic,
              partition: lane.partition,
              bytes: lane.sealed.bytes,
            },
          ]
    })
    for (const { lane } of sending) lane.inFlight = true
    try {
      if (sending.length === 0) return
      const call = produceCall(sending, { transactionalId: null, timeoutMs: BROKER_TIMEOUT_MS })
      const answers = (await link.send(nodeId, call)) as readonly ProduceAnswer[]
      for (const { lane, sealed } of sending) {
        if (lane.sealed !== sealed) continue
        const answer = answers.find((a) => a.partition === lane.partition && a.topic === lane.topic)
        const errorCode = answer?.errorCode ?? UNKNOWN_SERVER_ERROR
        if (errorCode === 0 || errorCode === DUPLICATE_SEQUENCE) lane.acknowledge()
        else troubled(lane, brokerError(errorCode))
      }
    } catch (error) {
      for (const { lane, sealed } of sending) if (lane.sealed === sealed) troubled(lane, error)
    } finally {
      for (const { lane } of sending) lane.inFlight = false
      busyNodes.delete(nodeId)
      if ([...lanes.values()].some((lane) => !lane.isIdle())) void pump()
    }
  }

  function troubled(lane: WriterLane, error: unknown): void {
    const kafkaError = toKafkaError(error, `Writing to ${lane.topic}/${lane.partition}`)
    options.onTrouble?.(kafkaError)
    if (!isTransient(error)) return lane.abandon(kafkaError)
    lane.notBeforeMs = Date.now() + RETRY_PAUSE_MS
    schedule(RETRY_PAUSE_MS)
    // Not awaited: a broker that is away must not hold up what goes to the others.
    refreshing ??= refresh()
  }

  async function refresh(): Promise<void> {
    try {
      await link.refresh()
    } catch (error) {
      options.onTrouble?.(toKafkaError(error, 'Refreshing metadata'))
    } finally {
      refreshing = undefined
    }
  }

  function expire(): void {
    const nowMs = Date.now()
    for (const lane of lanes.values()) {
      lane.expire(
        nowMs,
        () => new KafkaError('unavailable', `${lane.topic}/${lane.partition} did not acknowledge in time`),
      )
    }
    if (queuedBytes === 0 && expiryTimer !== undefined) {
      clearInterval(expiryTimer)
      expiryTimer = undefined
    }
  }

  const writer: LogWriter = {
    // Not async: what such a function was given lives as long as what it waits for.
    send: (batches, { timeoutMs = options.sendTimeoutMs ?? SEND_TIMEOUT_MS } = {}) => {
      if (closed) return Promise.reject(new KafkaError('closed', 'The writer was closed'))
      let bytes = 0
      let parts = 0
      for (const { messages } of batches) {
        if (messages.length > 0) parts += 1
        for (const message of messages) bytes += messageSizeBound(message)
      }
      if (parts === 0) return Promise.resolve()
      if (queuedBytes + bytes > maxQueuedBytes) {
        const text = `${queuedBytes} bytes are waiting to be written; ${bytes} more do not fit`
        return Promise.reject(new KafkaError('full', text))
      }
      queuedBytes += bytes
      expiryTimer ??= setInterval(expire, EXPIRY_CHECK_MS)
      const nowMs = Date.now()
      const { settled, settle } = settleTogether(parts, () => void (queuedBytes -= bytes))
      const entry = { deadlineMs: nowMs + timeoutMs, settle }
      for (const { topic, partition, messages } of batches) {
        if (messages.length > 0) laneOf(topic, partition).push(messages, entry, nowMs)
      }
      schedule(busyNodes.size === 0 ? lingerMs : BUSY_CHECK_MS)
      return settled
    },
    queuedBytes: () => queuedBytes,
    close: async () => {
      closed = true
      while (writer.queuedBytes() > 0) await new Promise((resolve) => setTimeout(resolve, CLOSE_POLL_MS))
      clearTimeout(pumpTimer)
      clearInterval(expiryTimer)
      await link.close()
    },
  }

  return writer
}

const SEND_TIMEOUT_MS = 10_000
/** Kept of the memory of batches that were acknowledged, for the next ones. */
const MAX_SPARE_BYTES = 16 * 1024 * 1024
const BROKER_TIMEOUT_MS = 5_000
const RETRY_PAUSE_MS = 50
const EXPIRY_CHECK_MS = 50
const CLOSE_POLL_MS = 10
/** While one broker is busy another may be free: look soon, but gather meanwhile. */
const BUSY_CHECK_MS = 5
/** Required by the request, used for transactions only. */
const UNUSED_TIMEOUT_MS = 60_000
const UNKNOWN_SERVER_ERROR = -1
/** The broker has this batch already: an earlier attempt's answer was lost. */
const DUPLICATE_SEQUENCE = 46
