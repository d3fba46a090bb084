import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { decodeRecordBatches, wholeBatchesEnd } from './decode-batches.ts'
import { batchOf } from './sample-batches.ts'

const wanted = { partition: 0, fromOffset: 0, aborted: [] }
const batches = Buffer.concat([
  batchOf({ baseOffset: 0, values: ['a', 'b'] }),
  batchOf({ baseOffset: 2, values: ['c'] }),
  batchOf({ baseOffset: 3, values: ['d'] }),
])

test('wherever an answer is cut off, its whole batches are the same records without what is left of the next', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: batches.length }), (length) => {
      const cut = batches.subarray(0, length)
      const whole = cut.subarray(0, wholeBatchesEnd(cut))
      expect(decodeRecordBatches(whole, wanted)).toMatchObject({
        records: decodeRecordBatches(cut, wanted).records,
        nextOffset: decodeRecordBatches(cut, wanted).nextOffset,
      })
      // Nothing of a batch that is not whole: one byte less, and the last is not either.
      expect(wholeBatchesEnd(whole.subarray(0, -1))).toBeLessThan(Math.max(1, whole.length))
    }),
  )
})

test.each([-1, 0, 48, -2_147_483_648])(
  'a batch of length %i is left to the decoder, which refuses it',
  (length) => {
    const damaged = Buffer.concat([batches, batches])
    damaged.writeInt32BE(length, batches.length + 8)
    expect(wholeBatchesEnd(damaged)).toBe(damaged.length)
    expect(() => decodeRecordBatches(damaged, wanted)).toThrow('Record batch at offset 0')
  },
)
