import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { eventMonth } from './event-month.ts'
import { judgeArrival, rowsByMonth } from './judge-arrival.ts'

const months = fc.map(fc.integer({ min: 202_201, max: 202_212 }), fc.integer({ min: 1, max: 1_000 }), {
  minKeys: 1,
})
const monthsAndSome = months.chain((expected) =>
  fc.record({ expected: fc.constant(expected), arrivedMonths: fc.subarray([...expected.keys()]) }),
)

describe('judgeArrival', () => {
  test('asks for exactly the months that are not there', () => {
    fc.assert(
      fc.property(monthsAndSome, ({ expected, arrivedMonths }) => {
        const arrived = new Map(arrivedMonths.map((month) => [month, expected.get(month) ?? 0]))
        const missing = new Set([...expected.keys()].filter((month) => !arrived.has(month)))
        const verdict = judgeArrival(expected, arrived)
        expect(verdict).toEqual(
          missing.size === 0 ? { kind: 'complete' } : { kind: 'missing', months: missing },
        )
      }),
    )
  })

  test('any other number of rows in any month is a contradiction', () => {
    fc.assert(
      fc.property(monthsAndSome, fc.integer({ min: -500, max: 500 }), ({ expected, arrivedMonths }, by) => {
        const [month] = arrivedMonths
        const wanted = expected.get(month ?? 0) ?? 0
        const found = wanted + by
        fc.pre(month !== undefined && by !== 0 && found > 0)
        const verdict = judgeArrival(expected, new Map([[month, found]]))
        expect(verdict).toEqual({ kind: 'contradiction', month, expected: wanted, arrived: found })
      }),
    )
  })

  test('a month that was never sent is a contradiction', () => {
    const verdict = judgeArrival(new Map([[202_601, 5]]), new Map([[202_602, 1]]))
    expect(verdict).toEqual({ kind: 'contradiction', month: 202_602, expected: 0, arrived: 1 })
  })
})

test('months are those of ClickHouse in UTC, whatever was asked before', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) - 1 })), (times) => {
      const wanted = times.map((ms) => Number(new Date(ms).toISOString().slice(0, 7).replace('-', '')))
      expect(times.map((ms) => eventMonth(ms))).toEqual(wanted)
      const counted = [...rowsByMonth(times.map((eventMs) => ({ eventMs }))).values()]
      expect(counted.reduce((sum, n) => sum + n, 0)).toBe(times.length)
    }),
  )
})
