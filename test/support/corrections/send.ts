import { frame, usageEventCodec } from '@meterline/contract'
import { partitionKeyOf } from '@meterline/domain'
import { Kafka, logLevel, Partitioners } from 'kafkajs'

import type { Credentials } from '../meterline.ts'
import { jsonBody } from '../replay/malformed.ts'
import type { Sending } from './plan.ts'

/** What a sender has to know of an installation. */
export interface Doors {
  readonly credentials: Pick<Credentials, 'gateway_url' | 'kafka_brokers' | 'schema_registry_url'>
  secretOf(keyId: string): string
}

/** Sends in the given order, each acknowledged before the next: over HTTP, or as a producer with a Kafka client of its own. */
export async function sendInOrder(doors: Doors, sendings: readonly Sending[]): Promise<void> {
  const schemaId = await usageSchemaId(doors)
  const kafka = new Kafka({
    brokers: doors.credentials.kafka_brokers.split(','),
    clientId: 'corrections-test',
    logLevel: logLevel.NOTHING,
  })
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  })
  await producer.connect()
  try {
    for (const { event, channel, key, recordMs } of sendings) {
      if (channel === 'http') {
        await post(doors, event.api_key_id, jsonBody(event))
        continue
      }
      const value = frame(schemaId, usageEventCodec.encode(event))
      const at = recordMs === undefined ? {} : { timestamp: String(recordMs) }
      const messages = [{ key: key ?? partitionKeyOf(event), value, ...at }]
      await producer.send({ topic: 'usage.events', acks: -1, messages })
    }
  } finally {
    await producer.disconnect()
  }
}

/** @throws Error unless the gateway takes it. */
export async function post(doors: Doors, keyId: string, body: unknown): Promise<void> {
  const response = await fetch(`${doors.credentials.gateway_url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${doors.secretOf(keyId)}` },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  if (response.status !== 202) throw new Error(`the gateway said ${response.status}: ${text}`)
}

async function usageSchemaId({ credentials }: Doors): Promise<number> {
  const url = `${credentials.schema_registry_url}/subjects/usage.events-value/versions/latest`
  const { id } = (await (await fetch(url)).json()) as { readonly id: number }
  return id
}
