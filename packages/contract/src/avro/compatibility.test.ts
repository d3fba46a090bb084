import { describe, expect, test } from 'vitest'

import { compatibilityProblems, strictType } from './compatibility.ts'
import { layoutIdentity, schemaIdentity } from './schema-identity.ts'
import { avroType } from './types.ts'

type Field = {
  readonly name: string
  readonly type: unknown
  readonly default?: unknown
  readonly doc?: string
}
const record = (...fields: Field[]) => JSON.stringify({ type: 'record', name: 'R', fields })
const long = (name: string, logicalType: string) => ({ name, type: { type: 'long', logicalType } })
const decimal = (scale: number) => ({
  name: 'credits',
  type: ['null', { type: 'bytes', logicalType: 'decimal', precision: 18, scale }],
  default: null,
})

describe('compatibility', () => {
  const v1 = record({ name: 'id', type: 'string' })
  const withDefault = record({ name: 'id', type: 'string' }, { name: 'n', type: 'int', default: 0 })
  const withoutDefault = record({ name: 'id', type: 'string' }, { name: 'n', type: 'int' })

  test('a new field needs a default to be backward compatible', () => {
    expect(compatibilityProblems(withDefault, [v1], 'BACKWARD_TRANSITIVE')).toEqual([])
    expect(compatibilityProblems(withoutDefault, [v1], 'BACKWARD_TRANSITIVE')).not.toEqual([])
  })

  test('transitive looks at every earlier version, plain only at the last', () => {
    expect(compatibilityProblems(withoutDefault, [v1, withDefault], 'BACKWARD')).toEqual([])
    expect(compatibilityProblems(withoutDefault, [v1, withDefault], 'BACKWARD_TRANSITIVE')).not.toEqual([])
  })

  test('forward asks the old reader', () => {
    expect(compatibilityProblems(v1, [withoutDefault], 'FORWARD')).not.toEqual([])
    expect(compatibilityProblems(withoutDefault, [v1], 'FORWARD')).toEqual([])
  })

  test('another unit of time, and a finer decimal, are not compatible', () => {
    const millis = record(long('at', 'timestamp-millis'))
    const micros = record(long('at', 'timestamp-micros'))
    expect(compatibilityProblems(millis, [micros], 'BACKWARD')).not.toEqual([])
    expect(compatibilityProblems(record(decimal(6)), [record(decimal(9))], 'BACKWARD')).not.toEqual([])
    expect(compatibilityProblems(record(decimal(6)), [record(decimal(2))], 'BACKWARD')).toEqual([])
  })

  test('text that is no schema says so', () => {
    expect(() => strictType('{"type":"recrod"}')).toThrow(/not an Avro schema/)
    expect(() => strictType('nonsense')).toThrow(/not an Avro schema/)
  })
})

test('a coarser decimal is resolved exactly', () => {
  const writer = avroType(record(decimal(2)))
  const reader = avroType(record(decimal(6)))
  const read = (value: object) =>
    reader.fromBuffer(writer.toBuffer(value), reader.createResolver(writer)) as object
  expect({ ...read({ credits: 187 }) }).toEqual({ credits: 1_870_000 })
  expect({ ...read({ credits: null }) }).toEqual({ credits: null })
})

test('identity ignores white space and order of keys; layout ignores docs too', () => {
  const a = '{"type":"record","name":"R","fields":[{"name":"id","type":"string","doc":"x"}]}'
  const b = '{ "name": "R", "type": "record", "fields": [{ "type": "string", "name": "id" }] }'
  expect(schemaIdentity(a)).not.toBe(schemaIdentity(b))
  expect(layoutIdentity(a)).toBe(layoutIdentity(b))
})

test('what is no integer number of millionths is not encoded', () => {
  const type = avroType(
    record({ name: 'credits', type: { type: 'bytes', logicalType: 'decimal', precision: 18, scale: 6 } }),
  )
  for (const credits of [1.5, Number.NaN, 2 ** 53, null, '1'])
    expect(() => type.toBuffer({ credits })).toThrow(/invalid/)
  expect({ ...(type.fromBuffer(type.toBuffer({ credits: -5 })) as object) }).toEqual({ credits: -5 })
})
