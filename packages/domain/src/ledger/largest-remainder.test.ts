import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { splitByWeights } from './largest-remainder.ts'

test('what does not divide goes to the largest remainders, the first of equal ones first', () => {
  expect(splitByWeights(100, [1, 1, 1])).toEqual([34, 33, 33])
  expect(splitByWeights(10, [6, 3, 1])).toEqual([6, 3, 1])
  expect(splitByWeights(11, [1, 2, 3])).toEqual([2, 4, 5])
  expect(splitByWeights(7, [0, 0])).toEqual([4, 3])
  expect(splitByWeights(7, [])).toEqual([])
})

test('the parts sum to the amount, and none is a whole unit away from its exact share', () => {
  const weight = fc.oneof(fc.nat(10), fc.nat({ max: Number.MAX_SAFE_INTEGER }))
  fc.assert(
    fc.property(
      fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      fc.array(weight, { minLength: 1, maxLength: 20 }),
      (amount, weights) => {
        const parts = splitByWeights(amount, weights)
        expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(BigInt(amount))
        const total = weights.reduce((sum, each) => sum + BigInt(each), 0n)
        for (const [index, part] of parts.entries()) {
          const exact = BigInt(amount) * BigInt(total === 0n ? 1 : (weights[index] ?? 0))
          const difference = exact - BigInt(part) * (total === 0n ? BigInt(weights.length) : total)
          const whole = total === 0n ? BigInt(weights.length) : total
          expect(difference > -whole && difference < whole).toBe(true)
        }
      },
    ),
  )
})
