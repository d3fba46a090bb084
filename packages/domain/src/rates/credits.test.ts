import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { creditsMicroOf, roundedQuotient, usdMicroOf } from './credits.ts'

describe('creditsMicroOf', () => {
  test('rounds half up once, over all meters together', () => {
    expect(creditsMicroOf({ a: 1, b: 1 }, { a: 250_000, b: 250_000 })).toBe(1)
    expect(creditsMicroOf({ a: 1 }, { a: 499_999 })).toBe(0)
    expect(creditsMicroOf({ a: 0.5 }, { a: 1_000_000 })).toBe(1)
    expect(creditsMicroOf({ a: 1523, b: 311 }, { a: 25_000_000, b: 200_000_000 })).toBe(100_275)
  })

  test('takes units to a millionth, by the exact value of the double', () => {
    // 1.0000005 is a double just below the half; times a million it would become the half itself.
    expect(creditsMicroOf({ hours: 1.0000005 }, { hours: 1e12 })).toBe(
      oracle({ hours: 1.0000005 }, { hours: 1e12 }),
    )
    expect(creditsMicroOf({ hours: 0.1 }, { hours: 10_000_000 })).toBe(1)
  })

  test('agrees with a BigInt oracle for any amounts and rates', () => {
    const amount = fc.oneof(
      fc.nat(2_000_000),
      fc.double({ min: 0, max: 1e15, noNaN: true }),
      fc.double({ min: 0, max: 100, noNaN: true }),
      fc.integer({ min: 0, max: 1e15 }),
    )
    const rate = fc.oneof(fc.nat(2_000_000_000), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }))
    const meters = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), amount, rate), { maxLength: 4 })
    fc.assert(
      fc.property(meters, (entries) => {
        const units = Object.fromEntries(entries.map(([meter, amount]) => [meter, amount]))
        const rates = Object.fromEntries(entries.map(([meter, , rate]) => [meter, rate]))
        expect(creditsMicroOf(units, rates)).toBe(oracle(units, rates))
      }),
      { numRuns: 2_000 },
    )
  })
})

test('the rounded quotient is exact for every safe integer', () => {
  const values = fc.oneof(
    fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 1_000_000 }),
    fc.integer({ min: 8_999_999_999, max: 9_007_199_253 }).map((n) => n * 1_000_000 + 499_999),
  )
  fc.assert(
    fc.property(values, (value) => {
      expect(BigInt(roundedQuotient(value))).toBe((BigInt(value) + 500_000n) / 1_000_000n)
    }),
    { numRuns: 2_000 },
  )
})

test('dollars follow from credits', () => {
  expect(usdMicroOf(100_275, 10_000)).toBe(1_003)
  expect(usdMicroOf(8_000_000_000_000_000, 10_000)).toBe(80_000_000_000_000)
  expect(usdMicroOf(Number.MAX_SAFE_INTEGER, 1e12)).toBeUndefined()
})

// Straight from the definition, over the exact binary value of each double.
function oracle(units: Record<string, number>, rates: Record<string, number>): number | undefined {
  let sum = 0n
  for (const [meter, rate] of Object.entries(rates)) sum += millionths(units[meter] ?? 0) * BigInt(rate)
  const credits = (2n * sum + 10n ** 12n) / (2n * 10n ** 12n)
  return credits > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(credits)
}

function millionths(amount: number): bigint {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, amount)
  const raw = bits.getBigUint64(0)
  const exponent = Number((raw >> 52n) & 0x7ffn)
  const mantissa = (raw & 0xfffffffffffffn) | (exponent === 0 ? 0n : 1n << 52n)
  const shift = BigInt(Math.max(exponent, 1) - 1075)
  const scaled = mantissa * 1_000_000n * 2n
  return shift >= 0n ? mantissa * 1_000_000n * 2n ** shift : (scaled / 2n ** -shift + 1n) / 2n
}
