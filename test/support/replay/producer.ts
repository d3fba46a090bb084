import { Kafka, logLevel } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface TestMessage {
  readonly key: string
  readonly partition: number
  readonly value: Buffer | null
}

export interface TestProducer {
  /** Resolves when every message is on every in-sync replica; tries again until the deadline. */
  send(topic: string, messages: readonly TestMessage[], deadlineMs: number): Promise<void>
  close(): Promise<void>
}

/** A customer's own Kafka client, as in `examples/`: stock kafkajs, one partition per send. */
export async function connectProducer(brokers: string): Promise<TestProducer> {
  const kafka = new Kafka({
    brokers: brokers.split(','),
    clientId: 'replay-test',
    logLevel: logLevel.NOTHING,
  })
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  return {
    async send(topic, messages, deadlineMs) {
      const until = Date.now() + deadlineMs
      for (const group of Map.groupBy(messages, ({ partition }) => partition).values()) {
        for (;;) {
          try {
            await producer.send({ topic, acks: -1, messages: group })
            break
          } catch (error) {
            if (Date.now() > until) throw error
            await sleep(250)
          }
        }
      }
    },
    close: () => producer.disconnect(),
  }
}
