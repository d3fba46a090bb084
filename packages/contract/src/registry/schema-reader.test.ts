import { describe, expect, test } from 'vitest'

import { schemaText, usageEventCodec } from '../avro/types.ts'
import { RegistryError } from './errors.ts'
import type { RegistryClient } from './registry-client.ts'
import { createSchemaReader } from './schema-reader.ts'
import type { WriterSchema } from './schema-reader.ts'

const schema = schemaText('usage-event.avsc')

/** A registry that is a table; asking counts. */
function registryOf(schemas: Record<number, string>) {
  let asked = 0
  const never = () => Promise.reject(new Error('not asked for here'))
  const registry: RegistryClient = {
    register: never,
    lookup: never,
    latest: never,
    setCompatibility: never,
    schemaById(id) {
      asked += 1
      const text = schemas[id]
      if (text === 'refused') return Promise.reject(new RegistryError('registry_refused', 'who are you?'))
      if (text === 'away') return Promise.reject(new RegistryError('registry_unreachable', 'away'))
      if (text !== undefined) return Promise.resolve(text)
      return Promise.reject(new RegistryError('schema_not_found', `no schema ${id}`))
    },
  }
  return { registry, asked: () => asked }
}

const event = {
  request_id: 'r1',
  timestamp: 1_763_694_245_678,
  api_key_id: 'k1',
  provider: 'openai',
  model_name: 'gpt-5-mini',
  operation_type: 'completion' as const,
  units: { tokens_input: 3 },
  credits_consumed: 1_870_000,
  usage_labels: {},
  response_latency_ms: null,
  error_code: null,
  user_id: null,
  customer_id: null,
  endpoint: null,
  prompt_version: null,
  product: null,
  session_id: null,
  corrects: null,
}

function decoded(writer: WriterSchema<unknown>, datum: Buffer): object {
  if (writer.kind === 'unknown' || writer.kind === 'incompatible') throw new Error(writer.error)
  return { ...(writer.decode(datum) as object) }
}

describe('schema reader', () => {
  test('our own layout is passed through, docs aside', async () => {
    const withoutDocs = schema.replaceAll(/"doc": "[^"]*",?/g, '').replaceAll(/,(\s*})/g, '$1')
    const reader = createSchemaReader({ registry: registryOf({ 1: withoutDocs }).registry, schema })
    await reader.prepare([1])
    const writer = reader.of(1)
    expect(writer.kind).toBe('same')
    expect(decoded(writer, usageEventCodec.encode(event))).toEqual(event)
  })

  test('an older writer is resolved, with defaults for what it does not have', async () => {
    const parsed = JSON.parse(schema) as { fields: { name: string }[] }
    const older = JSON.stringify({
      ...parsed,
      fields: parsed.fields.filter(({ name }) => name !== 'corrects'),
    })
    const reader = createSchemaReader({ registry: registryOf({ 7: older }).registry, schema })
    await reader.prepare([7])
    const writer = reader.of(7)
    expect(writer.kind).toBe('resolved')
    const olderBytes = usageEventCodec.encode(event).subarray(0, -1)
    expect(decoded(writer, olderBytes)).toEqual(event)
  })

  test('an unknown id and a foreign schema are answers; an absent registry is an error to try again', async () => {
    const { registry } = registryOf({ 2: '"string"', 3: 'away' })
    const reader = createSchemaReader({ registry, schema })
    await reader.prepare([1, 2])
    expect(reader.of(1).kind).toBe('unknown')
    expect(reader.of(2).kind).toBe('incompatible')
    await expect(reader.prepare([3])).rejects.toMatchObject({ code: 'registry_unreachable', retryable: true })
  })

  test('a registry that refuses to answer is no reason to refuse records', async () => {
    const { registry } = registryOf({ 4: 'refused' })
    const reader = createSchemaReader({ registry, schema })
    await expect(reader.prepare([4])).rejects.toMatchObject({ code: 'registry_unreachable', retryable: true })
  })

  test('an id that no registry can have given out is unknown without asking', async () => {
    const { registry, asked } = registryOf({})
    const reader = createSchemaReader({ registry, schema })
    await reader.prepare([2 ** 31, 2 ** 32 - 1])
    expect(reader.of(2 ** 31).kind).toBe('unknown')
    expect(asked()).toBe(0)
  })

  test('asks once per id, again for an unknown one after a while, and never evicts what a batch needs', async () => {
    let nowMs = 0
    const { registry, asked } = registryOf({ 1: schema })
    const reader = createSchemaReader({ registry, schema, maxSchemas: 2, nowMs: () => nowMs })
    await reader.prepare([1, 9, 1])
    await reader.prepare([1, 9])
    expect(asked()).toBe(2)
    nowMs = 10_000
    await reader.prepare([1, 9])
    expect(asked()).toBe(3)
    const invented = Array.from({ length: 50 }, (_, i) => 100 + i)
    await reader.prepare(invented)
    expect(invented.every((id) => reader.of(id).kind === 'unknown')).toBe(true)
  })
})
