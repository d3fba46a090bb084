import avro from 'avsc'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { createDatumCheck } from './check-datum.ts'
import { anyUsageEvent, damagedDatum } from './damaged-datum.test-data.ts'
import { usageEventCodec } from './types.ts'

const check = createDatumCheck(usageEventCodec.type)
const anyDatum = anyUsageEvent.map((event) => usageEventCodec.encode(event))

test('whole data pass, wherever they stand', () => {
  fc.assert(
    fc.property(anyDatum, fc.uint8Array({ maxLength: 9 }), (datum, before) => {
      expect(check(Buffer.concat([before, datum]), before.length)).toBe(true)
    }),
  )
})

test('data that are cut short, or followed by anything, never pass', () => {
  fc.assert(
    fc.property(anyDatum, fc.double({ min: 0, max: 0.999, noNaN: true }), (datum, share) => {
      expect(check(datum.subarray(0, Math.floor(datum.length * share)), 0)).toBe(false)
    }),
  )
  fc.assert(
    fc.property(anyDatum, fc.uint8Array({ minLength: 1, maxLength: 50 }), (datum, after) => {
      expect(check(Buffer.concat([datum, after]), 0)).toBe(false)
    }),
  )
})

test('bytes of a small schema pass exactly when avsc decodes them', () => {
  const type = avro.Type.forSchema({
    type: 'record',
    name: 'R',
    fields: [
      { name: 'e', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
      { name: 's', type: ['null', 'string'] },
      { name: 'l', type: 'long' },
    ],
  })
  const checkSmall = createDatumCheck(type)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      expect(checkSmall(Buffer.from(bytes), 0)).toBe(decodes(type, Buffer.from(bytes)))
    }),
    { numRuns: 5_000 },
  )
})

test('no bytes keep it busy or make it throw', () => {
  fc.assert(
    fc.property(damagedDatum, (bytes) => {
      expect(typeof check(bytes, 0)).toBe('boolean')
    }),
    { numRuns: 5_000 },
  )
})

test('a block with its size passes when it has that size: a reader that leaps ends at the same place', () => {
  const checkLongs = createDatumCheck(avro.Type.forSchema({ type: 'array', items: 'long' }))
  const block = (size: number) => Buffer.from([0x03, size << 1, 0x02, 0x04, 0x00])
  expect(checkLongs(block(2), 0)).toBe(true)
  expect(checkLongs(block(1), 0)).toBe(false)
  expect(checkLongs(block(3), 0)).toBe(false)
})

test('types that contain themselves are followed, to a depth', () => {
  const list = avro.Type.forSchema({
    type: 'record',
    name: 'Item',
    fields: [{ name: 'next', type: ['null', 'Item'] }],
  })
  const checkList = createDatumCheck(list)
  const items = (count: number) => Buffer.from([...Array.from({ length: count }, () => 0x02), 0x00])
  expect(checkList(items(50), 0)).toBe(true)
  expect(checkList(items(1_000_000), 0)).toBe(false)
})

test('items that take no bytes are refused, and so are schemas that grow without them', () => {
  const nulls = createDatumCheck(avro.Type.forSchema({ type: 'array', items: 'null' }))
  expect(nulls(Buffer.from([0x04, 0x00]), 0)).toBe(false)

  let schema: object = { type: 'record', name: 'R0', fields: [{ name: 'a', type: 'null' }] }
  for (let i = 1; i <= 30; i += 1) {
    const fields = [
      { name: 'a', type: schema },
      { name: 'b', type: `R${i - 1}` },
    ]
    schema = { type: 'record', name: `R${i}`, fields }
  }
  expect(() => createDatumCheck(avro.Type.forSchema(schema as avro.Schema))).toThrow(RangeError)
})

function decodes(type: avro.Type, datum: Buffer): boolean {
  try {
    type.fromBuffer(datum)
    return true
  } catch {
    return false
  }
}
