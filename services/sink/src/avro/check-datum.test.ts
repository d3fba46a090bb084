import { meteredUsageCodec, schemaText } from '@meterline/contract'
import avro from 'avsc'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { sampleUsage } from '../testing/usage-sample.ts'
import { createDatumCheck } from './check-datum.ts'
import { readEventMs } from './read-event-time.ts'

const check = createDatumCheck(schemaText('metered-usage.avsc'))
const sample = fc
  .nat(10_000)
  .map((i) => ({ usage: sampleUsage(i), datum: meteredUsageCodec.encode(sampleUsage(i)) }))

test('whole data pass, wherever they stand, and their event time is read without decoding', () => {
  fc.assert(
    fc.property(sample, fc.uint8Array({ maxLength: 9 }), ({ usage, datum }, before) => {
      const bytes = Buffer.concat([before, datum])
      expect(check(bytes, before.length)).toBe(true)
      expect(readEventMs(bytes, before.length)).toBe(usage.timestamp)
    }),
  )
})

test('data that are cut short, or followed by anything, never pass', () => {
  fc.assert(
    fc.property(sample, fc.double({ min: 0, max: 0.999, noNaN: true }), ({ datum }, share) => {
      expect(check(datum.subarray(0, Math.floor(datum.length * share)), 0)).toBe(false)
    }),
  )
  fc.assert(
    fc.property(sample, fc.uint8Array({ minLength: 1, maxLength: 50 }), ({ datum }, after) => {
      expect(check(Buffer.concat([datum, after]), 0)).toBe(false)
    }),
  )
})

test('damage that leaves a whole datum passes exactly when it can be decoded', () => {
  // One string in the middle: what is damaged in it is another string, or the end of the datum moves.
  const schema =
    '{"type":"record","name":"R","fields":[{"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},{"name":"s","type":["null","string"]},{"name":"l","type":"long"}]}'
  const type = avro.Type.forSchema(JSON.parse(schema) as avro.Schema)
  const checkSmall = createDatumCheck(schema)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      expect(checkSmall(Buffer.from(bytes), 0)).toBe(decodes(type, Buffer.from(bytes)))
    }),
    { numRuns: 5_000 },
  )
})

test('no bytes keep it busy or make it throw', () => {
  // The count of units: 2^50 of them, which a walker without bounds would set out to walk over.
  const hugeCount = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x07])
  const damaged = fc.tuple(sample, fc.nat()).map(([{ datum }, at]) => {
    const cut = at % datum.length
    return Buffer.concat([datum.subarray(0, cut), hugeCount, datum.subarray(cut)])
  })
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 400 })), (bytes) => {
      expect(typeof check(Buffer.from(bytes), 0)).toBe('boolean')
      readEventMs(Buffer.from(bytes), 0)
    }),
    { numRuns: 5_000 },
  )
})

function decodes(type: avro.Type, datum: Buffer): boolean {
  try {
    type.fromBuffer(datum)
    return true
  } catch {
    return false
  }
}

test('event times that no table holds are none', () => {
  for (const timestamp of [-1, Date.UTC(2100, 0, 1), 2 ** 52]) {
    const datum = meteredUsageCodec.encode({ ...sampleUsage(1), timestamp })
    expect(readEventMs(datum, 0)).toBeUndefined()
  }
})
