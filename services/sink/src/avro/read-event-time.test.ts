import { meteredUsageCodec } from '@meterline/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { sampleUsage } from '../testing/usage-sample.ts'
import { readEventMs } from './read-event-time.ts'

test('the event time is read without decoding, wherever the datum stands', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.uint8Array({ maxLength: 9 }), (i, before) => {
      const bytes = Buffer.concat([before, meteredUsageCodec.encode(sampleUsage(i))])
      expect(readEventMs(bytes, before.length)).toBe(sampleUsage(i).timestamp)
    }),
  )
})

test('any bytes have a storable event time, or none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const eventMs = readEventMs(Buffer.from(bytes), 0) ?? 0
      expect(eventMs >= 0 && eventMs < Date.UTC(2100, 0, 1)).toBe(true)
    }),
  )
})

test('event times that no table holds are none', () => {
  for (const timestamp of [-1, Date.UTC(2100, 0, 1), 2 ** 52]) {
    const datum = meteredUsageCodec.encode({ ...sampleUsage(1), timestamp })
    expect(readEventMs(datum, 0)).toBeUndefined()
  }
})
