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

const RETRY_PAUSE_MS = 250
/** Beyond all of the client's own timeouts and retries together. */
const STALL_MS = 60_000

/** A customer's own producer: stock kafkajs, one partition per send. A client that stalls is thrown away, and counted. */
export async function connectKafkaSender(
  brokers: readonly string[],
  signal: AbortSignal,
): Promise<KafkaSender> {
  const kafka = new Kafka({ brokers: [...brokers], clientId: 'fault-producer', logLevel: logLevel.NOTHING })
  const stalls: string[] = []
  const open = async (): Promise<Producer> => {
    const opened = kafka.producer({ allowAutoTopicCreation: false })
    await opened.connect()
    return opened
  }
  let producer = await open()

  async function sendOnce(topic: string, messages: readonly KafkaMessage[]): Promise<void> {
    const used = producer
    const timer = new AbortController()
    const stalled = sleep(STALL_MS, 'stalled' as const, { signal: timer.signal }).catch(() => undefined)
    const sending = used.send({ topic, acks: -1, messages: [...messages] })
    sending.catch(() => undefined)
    try {
      const outcome = await Promise.race([sending, stalled])
      if (outcome !== 'stalled') return
    } finally {
      timer.abort()
    }
    stalls.push(`${topic}/${messages[0]?.partition}: no answer within ${STALL_MS} ms`)
    if (producer === used) producer = await open()
    throw new Error('the client stalled')
  }

  return {
    stalls,
    async send(topic, messages) {
      const groups = [...Map.groupBy(messages, ({ partition }) => partition).values()]
      await Promise.all(
        groups.map(async (group) => {
          for (;;) {
            signal.throwIfAborted()
            try {
              return await sendOnce(topic, group)
            } catch {
              await sleep(RETRY_PAUSE_MS, undefined, { signal })
            }
          }
        }),
      )
    },
    close: () => producer.disconnect(),
  }
}
