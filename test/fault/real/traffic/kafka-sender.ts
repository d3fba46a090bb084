import { Kafka, logLevel } from 'kafkajs'
import type { Producer } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface KafkaMessage {
  readonly key: string
  readonly partition: number
  readonly value: Buffer | null
}

export interface KafkaSender {
  /** Resolves when every message is on all in-sync replicas; tries again until then. */
  send(topic: string, messages: readonly KafkaMessage[]): Promise<void>
  /** Sends that the client never answered for, neither well nor badly. */
  readonly stalls: readonly string[]
  close(): Promise<void>
}

interface Waiting {
  readonly message: KafkaMessage
  readonly settle: PromiseWithResolvers<void>
}

interface Lane {
  readonly waiting: Waiting[]
  isSending: boolean
}

const RETRY_PAUSE_MS = 250
const MAX_MESSAGES_PER_SEND = 500
const METADATA_MAX_AGE_MS = 5_000
/** Beyond all of the client's own timeouts and retries together. */
const STALL_MS = 120_000

/**
 * A customer's own producer: kafkajs, one send under way for each partition, with all that has gathered meanwhile. A client that
 * stalls is counted, and thrown away.
 */
export async function connectKafkaSender(
  brokers: readonly string[],
  signal: AbortSignal,
): Promise<KafkaSender> {
  const kafka = new Kafka({ brokers: [...brokers], clientId: 'fault-producer', logLevel: logLevel.NOTHING })
  const stalls: string[] = []
  const lanes = new Map<string, Lane>()
  const open = async (): Promise<Producer> => {
    const opened = kafka.producer({ allowAutoTopicCreation: false, metadataMaxAge: METADATA_MAX_AGE_MS })
    await opened.connect()
    return opened
  }
  let producer = open()
  await producer
  function reopen(): void {
    const opening = open()
    producer = opening
    opening.catch(async () => {
      await sleep(RETRY_PAUSE_MS)
      if (producer === opening && !signal.aborted) reopen()
    })
  }

  async function sendOnce(topic: string, messages: readonly KafkaMessage[]): Promise<void> {
    const used = producer
    const timer = new AbortController()
    const stalled = sleep(STALL_MS, 'stalled' as const, { signal: timer.signal }).catch(() => undefined)
    const sending = used.then((client) => client.send({ topic, acks: -1, messages: [...messages] }))
    sending.catch(() => undefined)
    try {
      const written = await Promise.race([sending, stalled])
      // The client drops what goes to a partition it has not heard of, and says that all is well.
      if (Array.isArray(written) && written.length === 0) throw new Error('nothing was written')
      if (written !== 'stalled') return
    } finally {
      timer.abort()
    }
    stalls.push(`${topic}/${messages[0]?.partition}: no answer within ${STALL_MS} ms`)
    if (producer === used) {
      reopen()
      void used.then((client) => client.disconnect()).catch(() => undefined)
    }
    throw new Error('the client stalled')
  }

  async function work(topic: string, lane: Lane): Promise<void> {
    if (lane.isSending) return
    lane.isSending = true
    while (lane.waiting.length > 0) {
      const batch = lane.waiting.slice(0, MAX_MESSAGES_PER_SEND)
      try {
        signal.throwIfAborted()
        await sendOnce(
          topic,
          batch.map(({ message }) => message),
        )
        lane.waiting.splice(0, batch.length)
        for (const { settle } of batch) settle.resolve()
      } catch {
        if (signal.aborted) for (const { settle } of lane.waiting.splice(0)) settle.reject(signal.reason)
        else await sleep(RETRY_PAUSE_MS)
      }
    }
    lane.isSending = false
  }

  return {
    stalls,
    async send(topic, messages) {
      const settled = messages.map((message) => {
        const name = `${topic}/${message.partition}`
        const lane = lanes.get(name) ?? { waiting: [], isSending: false }
        lanes.set(name, lane)
        const settle = Promise.withResolvers<void>()
        lane.waiting.push({ message, settle })
        void work(topic, lane)
        return settle.promise
      })
      await Promise.all(settled)
    },
    close: async () => (await producer).disconnect(),
  }
}
