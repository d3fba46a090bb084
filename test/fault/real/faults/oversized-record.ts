import { frame, usageEventCodec } from '@meterline/contract'
import { CompressionTypes, Kafka, logLevel } from 'kafkajs'
import { gzipSync } from 'node:zlib'

import { jsonBody } from '../../../support/replay/malformed.ts'
import { plannedEvent } from '../traffic/plan.ts'
import type { Fault } from './fault.ts'
import { oneOf } from './fault.ts'

const BYTES = 10 * 1024 * 1024

/**
 * Ten megabytes at every door. The gateway says 413, packed or not; the broker refuses the record; packed, it passes the broker,
 * whose limit is on packed bytes, and ends in `usage.rejected`.
 */
export const oversizedRecord: Fault = {
  name: 'oversized-record',
  what: 'a record of 10 MB at each door',
  recoversWithinMs: 60_000,
  isQuick: true,
  async strike({ world, traffic, next }) {
    const { key, event } = plannedEvent(1, 0, Date.now())
    const large = {
      ...event,
      request_id: 'oversized-0',
      usage_labels: { ...event.usage_labels, note: 'a'.repeat(BYTES) },
    }
    const post = async (packed: boolean): Promise<number> => {
      const body = Buffer.from(JSON.stringify(jsonBody(large)))
      const response = await fetch(`${world.gatewayUrl}/v1/events`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${world.secretOf(key.id)}`,
          ...(packed ? { 'content-encoding': 'gzip' } : {}),
        },
        body: packed ? gzipSync(body) : body,
      })
      await response.arrayBuffer()
      return response.status
    }
    // A server that answers before it has read all may close the connection under the sender's hands.
    const plain = await post(false).catch(() => 'cut off')
    const packed = await post(true)
    if ((plain !== 413 && plain !== 'cut off') || packed !== 413) {
      throw new Error(`the gateway answers ${plain} to 10 MB, and ${packed} when they are packed`)
    }

    const kafka = new Kafka({
      brokers: [...world.brokers],
      clientId: 'oversized',
      logLevel: logLevel.NOTHING,
      retry: { retries: 3 },
    })
    const producer = kafka.producer({ allowAutoTopicCreation: false })
    await producer.connect()
    try {
      const partition = oneOf([0, 1, 2, 3, 4, 5, 6, 7], next)
      const value = frame(world.schemaId('usage.events-value'), usageEventCodec.encode(large))
      const message = { key: 'oversized-plain', partition, value }
      const refusal = await producer
        .send({ topic: 'usage.events', acks: -1, messages: [message] })
        .then(() => 'taken')
        .catch((error: unknown) =>
          error instanceof Error && 'type' in error ? String(error.type) : String(error),
        )
      if (refusal !== 'MESSAGE_TOO_LARGE') throw new Error(`the broker said ${refusal} to a record of 10 MB`)
      await producer.send({
        topic: 'usage.events',
        acks: -1,
        compression: CompressionTypes.GZIP,
        messages: [{ ...message, key: 'oversized-packed' }],
      })
      traffic.expectRejected('oversized-packed', 'unstorable')
    } finally {
      await producer.disconnect()
    }
    return { kind: 'struck', note: 'gateway 413; broker MESSAGE_TOO_LARGE; packed: rejected' }
  },
}
