import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { dailyBaseline, dailyZ } from './daily-z.ts'

describe('the daily z', () => {
  test('is the distance from the mean in sample deviations', () => {
    const baseline = dailyBaseline([2, 4, 4, 4, 5, 5, 7, 9])
    expect(baseline.mean).toBe(5)
    expect(baseline.stddev).toBeCloseTo(Math.sqrt(32 / 7), 12)
    expect(dailyZ(12, baseline).z).toBeCloseTo(7 / Math.sqrt(32 / 7), 12)
  })

  test('is undefined under seven days, and without deviation, and says which', () => {
    expect(dailyZ(9, dailyBaseline([1, 2, 3, 4, 5, 6]))).toEqual({ state: 'too_little_history', z: null })
    expect(dailyZ(9, dailyBaseline([3, 3, 3, 3, 3, 3, 3]))).toEqual({ state: 'zero_deviation', z: null })
    expect(dailyZ(9, dailyBaseline([])).state).toBe('too_little_history')
  })

  test('keeps nine digits where the deviation is a millionth of the mean', () => {
    const small = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 7, maxLength: 30 })
    fc.assert(
      fc.property(small, (values) => {
        const shifted = dailyBaseline(values.map((value) => value + 1e12))
        const { stddev } = dailyBaseline(values)
        expect(Math.abs(shifted.stddev - stddev)).toBeLessThanOrEqual(1e-9 * Math.max(1, stddev) * 1e3)
      }),
    )
  })
})
