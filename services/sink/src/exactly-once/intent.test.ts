import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { decodeIntent, encodeIntent } from './intent.ts'
import { SinkHalt } from './sink-halt.ts'

const whole = fc.maxSafeNat()
const intent = fc.record({
  from: whole,
  to: whole,
  count: whole,
  minEventMs: whole,
  maxEventMs: whole,
  deadlineMs: whole,
  laterEnds: fc.array(whole, { maxLength: 20 }),
})

test('what was written is read again, and fits beside an offset', () => {
  fc.assert(
    fc.property(intent, (wanted) => {
      const text = encodeIntent(wanted)
      expect(decodeIntent(text)).toEqual(wanted)
      expect(text.length).toBeLessThan(110 + 17 * wanted.laterEnds.length)
    }),
  )
})

test('nothing under way is no intent', () => {
  expect(decodeIntent('')).toBeUndefined()
})

test('anything else halts: guessing could double rows', () => {
  const foreign = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom(
      'v1|1|2|3|4|5',
      'v1|1|2|3|4|5|6|7|8',
      'v1|1|2|3|4|5|6|7,',
      'v2|1|2|3|4|5|6',
      'v1|1|2|x|4|5|6',
      'v1|1|2||4|5|6',
    ),
    fc.constant('v1|1|2|3|4|5|99999999999999999999'),
  )
  fc.assert(
    fc.property(foreign, (text) => {
      expect(() => decodeIntent(text)).toThrow(SinkHalt)
    }),
  )
})
