import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { type AvroField, type ComplexSchema, valuesOf } from './avro-values.test-data.ts'
import { readingProblems } from './compatibility.ts'
import { datumDecoder } from './datum-decoder.ts'
import { avroType, schemaText } from './types.ts'

const FILES = [
  'usage-event.avsc',
  'metered-usage.avsc',
  'spend-delta.avsc',
  'spend-state.avsc',
  'burn-changelog.avsc',
]

/** What a later version may add. */
const ADDED: readonly AvroField[] = [
  { name: 'added_text', type: ['null', 'string'], default: null },
  { name: 'added_count', type: 'long', default: 7 },
  { name: 'added_map', type: { type: 'map', values: 'double' }, default: {} },
]

describe.each(FILES)('%s', (file) => {
  const schema = JSON.parse(schemaText(file)) as ComplexSchema & { readonly fields: readonly AvroField[] }
  const later = { ...schema, fields: [...schema.fields, ...ADDED] }
  const now = avroType(schemaText(file))
  const then = avroType(JSON.stringify(later))

  test('any value is read as it was written, by our own reader too', () => {
    const decode = datumDecoder<unknown>(now)
    fc.assert(
      fc.property(valuesOf(schema), (value) => {
        const datum = now.toBuffer(value)
        expect(plain(now.fromBuffer(datum))).toEqual(value)
        expect(plain(decode(datum))).toEqual(value)
      }),
    )
  })

  test('a later reader takes an earlier record, with the defaults of what it lacks', () => {
    expect(readingProblems({ reader: JSON.stringify(later), writer: schemaText(file) })).toEqual([])
    const resolver = then.createResolver(now)
    fc.assert(
      fc.property(valuesOf(schema), (value) => {
        const read = plain(then.fromBuffer(now.toBuffer(value), resolver))
        expect(read).toEqual({ ...(value as object), added_text: null, added_count: 7, added_map: {} })
      }),
    )
  })

  test('an earlier reader takes a later record, without what it does not know', () => {
    expect(readingProblems({ reader: schemaText(file), writer: JSON.stringify(later) })).toEqual([])
    const resolver = now.createResolver(then)
    fc.assert(
      fc.property(valuesOf(later), (value) => {
        const known = Object.fromEntries(
          schema.fields.map(({ name }) => [name, Reflect.get(Object(value), name)]),
        )
        expect(plain(now.fromBuffer(then.toBuffer(value), resolver))).toEqual(known)
      }),
    )
  })
})

/** Without the classes that avsc makes for records. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
}
