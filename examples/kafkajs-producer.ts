// A producer with its own Kafka client: no gateway, no proxy in the path of the call, no library of ours.
//
//   node examples/kafkajs-producer.ts [number of events]
//
// It asks the schema registry for the schema of usage.events, frames each Avro datum (0x00, 4-byte schema id, datum) and keys
// it by request_id. The key's labels come from the registry of keys: an event needs to name its api_key_id only.
import avro from 'avsc'
import { Kafka, logLevel, Partitioners } from 'kafkajs'
import { randomUUID } from 'node:crypto'

import { readCredentials } from './credentials.ts'

const count = Number(process.argv[2] ?? 10)
const { kafka_brokers, schema_registry_url, keys } = readCredentials()
const [key] = keys
if (key === undefined)
  throw new Error('credentials.json has no key: load an organization with `npx meterline apply`')

const answer = await fetch(`${schema_registry_url}/subjects/usage.events-value/versions/latest`)
if (!answer.ok) throw new Error(`the schema registry answered ${answer.status}: ${await answer.text()}`)
const { id, schema } = (await answer.json()) as { readonly id: number; readonly schema: string }
// Unions as plain values: null or a text, not {"string": "…"}.
const usageEvent = avro.Type.forSchema(JSON.parse(schema) as avro.Schema, { wrapUnions: 'never' })

function framed(event: object): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(id, 1)
  return Buffer.concat([head, usageEvent.toBuffer(event)])
}

const events = Array.from({ length: count }, () => ({
  // Stable: a retry of the same call sends the same id, and counts once.
  request_id: randomUUID(),
  timestamp: Date.now(),
  api_key_id: key.id,
  provider: 'openai',
  model_name: 'gpt-5-mini',
  operation_type: 'completion',
  units: { tokens_input: 1523, tokens_input_cached: 1024, tokens_output: 311 },
  usage_labels: { feature: 'example' },
  response_latency_ms: 812,
  endpoint: 'checkout.summary',
}))

const kafka = new Kafka({
  clientId: 'kafkajs-producer-example',
  logLevel: logLevel.ERROR,
  brokers: kafka_brokers.split(','),
})
// The default partitioner is Kafka's own (murmur2 of the key), so that a duplicate meets its twin whoever sent it.
const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent: true })
await producer.connect()
await producer.send({
  topic: 'usage.events',
  acks: -1,
  messages: events.map((event) => ({ key: event.request_id, value: framed(event) })),
})
await producer.disconnect()
console.log(`${events.length} events of ${key.id} are in usage.events, under schema id ${id}`)
