import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { anyUsageEvent, damagedDatum, datumWithHugeMapCount } from './damaged-datum.test-data.ts'
import { datumDecoder } from './datum-decoder.ts'
import { decodeSpendRecord, encodeSpendRecord } from './spend-record.ts'
import { avroType, meteredUsageCodec, schemaText, usageEventCodec } from './types.ts'

/** Far above what these bytes take, far below the minute and more that avsc takes for them. */
const SOON_MS = 2_000
const [event] = fc.sample(anyUsageEvent, { numRuns: 1, seed: 1 })
if (event === undefined) throw new Error('no sample')

const ours = usageEventCodec.type
const older = avroType(withoutField(schemaText('usage-event.avsc'), 'corrects'))
const withoutUnits = avroType(withoutField(schemaText('usage-event.avsc'), 'units'))

test('a map count of 2^30 does not keep a decoder busy', () => {
  const datum = datumWithHugeMapCount(event)
  const startMs = performance.now()
  expect(() => usageEventCodec.decode(datum)).toThrow('not exactly one datum')
  expect(() => meteredUsageCodec.decode(datum)).toThrow('not exactly one datum')
  expect(() => datumDecoder(ours, older)(datum)).toThrow('not exactly one datum')
  expect(() => datumDecoder(withoutUnits, ours)(datum)).toThrow('not exactly one datum')
  expect(performance.now() - startMs).toBeLessThan(SOON_MS)
})

test('nor does it in a record of spend.delta', () => {
  const record = encodeSpendRecord({ kind: 'tick', pane_start: 0 })
  // Behind kind, an empty scope, pane and three numbers: the count of units.
  const datum = Buffer.concat([
    record.subarray(0, 6),
    Buffer.from([0x80, 0x80, 0x80, 0x80, 0x08]),
    record.subarray(7),
  ])
  const startMs = performance.now()
  expect(() => decodeSpendRecord(datum)).toThrow('not exactly one datum')
  expect(performance.now() - startMs).toBeLessThan(SOON_MS)
})

test('a block size below zero does not send a reader that leaps over the field back for ever', () => {
  const datum = datumWithHugeMapCount(event)
  const count = datum.indexOf(Buffer.from([0x80, 0x80, 0x80, 0x80, 0x08]))
  // A block of one item, of as many bytes as lead back to its own count.
  const leapsBack = Buffer.concat([
    datum.subarray(0, count),
    Buffer.from([0x01, 0x03]),
    datum.subarray(count + 5),
  ])
  expect(() => datumDecoder(withoutUnits, ours)(leapsBack)).toThrow('not exactly one datum')
})

test('damaged data are refused, or are values that are written and read again as they are', () => {
  const taken: Buffer[] = []
  fc.assert(
    fc.property(damagedDatum, (datum) => {
      if (isTaken((bytes) => usageEventCodec.decode(bytes), datum)) taken.push(datum)
    }),
    { numRuns: 5_000 },
  )
  expect(taken.length).toBeGreaterThan(50)
  for (const datum of taken) {
    const value = usageEventCodec.decode(datum)
    const written = usageEventCodec.encode(value)
    expect(usageEventCodec.decode(written)).toEqual(value)
    expect(usageEventCodec.encode(usageEventCodec.decode(written))).toEqual(written)
  }
})

test('whatever a writer of another version sends, the reader answers', () => {
  const decoders = [datumDecoder(ours, older), datumDecoder(withoutUnits, ours), datumDecoder(older, ours)]
  fc.assert(
    fc.property(damagedDatum, (datum) => {
      for (const decode of decoders) isTaken(decode, datum)
    }),
    { numRuns: 2_000 },
  )
})

function isTaken(decode: (datum: Buffer) => unknown, datum: Buffer): boolean {
  const startMs = performance.now()
  try {
    decode(datum)
    return true
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return false
  } finally {
    expect(performance.now() - startMs).toBeLessThan(SOON_MS)
  }
}

function withoutField(schema: string, field: string): string {
  const parsed = JSON.parse(schema) as { fields: { name: string }[] }
  return JSON.stringify({ ...parsed, fields: parsed.fields.filter(({ name }) => name !== field) })
}
