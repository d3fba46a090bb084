import avro from 'avsc'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { datumEncoder } from './datum-encoder.ts'

const type = avro.Type.forSchema({
  type: 'record',
  name: 'Sample',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'text', type: 'string' },
  ],
})

test('gives the bytes of the library, and leaves those it gave before alone, whatever comes after them', () => {
  // A few of them are larger than the shared memory.
  const characters = fc.oneof({ weight: 9, arbitrary: fc.nat(300) }, { weight: 1, arbitrary: fc.nat(70_000) })
  const text = characters.map((count) => 'é'.repeat(count))
  const values = fc.array(fc.record({ id: fc.integer(), text }), { maxLength: 20 })
  fc.assert(
    fc.property(values, (all) => {
      const encode = datumEncoder(type)
      const encoded = all.map((value) => encode(value))
      for (const [index, value] of all.entries())
        expect(encoded[index]?.equals(type.toBuffer(value))).toBe(true)
    }),
    { numRuns: 25 },
  )
})

test('a value that is none leaves the encoder usable', () => {
  const encode = datumEncoder(type)
  const before = Buffer.from(encode({ id: 1, text: 'a' }))
  expect(() => encode({ id: 2, text: 5 })).toThrow('invalid')
  expect(encode({ id: 1, text: 'a' })).toEqual(before)
})
