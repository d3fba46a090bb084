import { frame, usageEventCodec } from '@meterline/contract'
import { Kafka, logLevel } from 'kafkajs'

import { createTraffic } from '../load/traffic.ts'
import { program } from '../measure/program.ts'

/** What the client itself can do: Avro records that are encoded already, `batchRecords` a send, no idempotence. */
export interface ProduceInput {
  readonly brokers: string
  readonly topic: string
  readonly schemaId: number
  readonly batchRecords: number
  readonly concurrency: number
  readonly warmUpMs: number
  readonly durationMs: number
}

export interface ProduceResult {
  readonly records: number
  readonly seconds: number
}

const PREPARED_BATCHES = 40

await program(async (input: ProduceInput): Promise<ProduceResult> => {
  const kafka = new Kafka({
    brokers: input.brokers.split(','),
    clientId: 'bench-raw',
    logLevel: logLevel.NOTHING,
  })
  const producer = kafka.producer({ allowAutoTopicCreation: false })
  await producer.connect()
  const next = createTraffic({ seed: 'raw', startMs: Date.now() })
  const batches = Array.from({ length: PREPARED_BATCHES }, () =>
    Array.from({ length: input.batchRecords }, () => {
      const event = next()
      return { key: event.request_id, value: frame(input.schemaId, usageEventCodec.encode(event)) }
    }),
  )
  let sent = 0
  let index = 0
  const startMs = performance.now()
  const endMs = startMs + input.warmUpMs + input.durationMs
  const worker = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const messages = batches[index++ % batches.length] ?? []
      await producer.send({ topic: input.topic, acks: -1, messages })
      if (performance.now() - startMs >= input.warmUpMs) sent += messages.length
    }
  }
  await Promise.all(Array.from({ length: input.concurrency }, worker))
  return { records: sent, seconds: (performance.now() - startMs - input.warmUpMs) / 1_000 }
})
