import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { hash128 } from './hash128.ts'
import { SeenRequests } from './seen-requests.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

describe('SeenRequests', () => {
  test('agrees with a set for any sequence inside the window', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3_000), { maxLength: 10_000, size: 'max' }), (ids) => {
        const seen = new SeenRequests({ windowMs: DAY_MS })
        const expected = new Set<number>()
        for (const id of ids) {
          expect(seen.has(hashOf(id))).toBe(expected.has(id))
          seen.add(hashOf(id), id * 1000)
          expected.add(id)
        }
      }),
      { numRuns: 20 },
    )
  })

  test('remembers for the window at least, and for an hour more at most', () => {
    const seen = new SeenRequests({ windowMs: DAY_MS })
    const bornMs = 1_000 * HOUR_MS + 59 * 60_000
    seen.add(hashOf(1), bornMs)
    seen.add(hashOf(2), bornMs + DAY_MS)
    expect(seen.has(hashOf(1))).toBe(true)
    seen.add(hashOf(3), bornMs + DAY_MS + HOUR_MS)
    expect(seen.has(hashOf(1))).toBe(false)
    expect(seen.has(hashOf(2))).toBe(true)
  })

  test('a late record is remembered from its arrival on', () => {
    const seen = new SeenRequests({ windowMs: DAY_MS })
    seen.add(hashOf(1), 1_000 * HOUR_MS)
    seen.add(hashOf(2), 10 * HOUR_MS)
    expect(seen.has(hashOf(2))).toBe(true)
  })

  test('takes the memory of past hours back', () => {
    const seen = new SeenRequests({ windowMs: 2 * HOUR_MS })
    for (let id = 0; id < 100_000; id++) seen.add(hashOf(id), Math.floor(id / 1_000) * HOUR_MS)
    expect(seen.size).toBeLessThan(6_000)
    expect(seen.forgottenEarly).toBe(0)
    expect(seen.has(hashOf(99_999))).toBe(true)
    expect(seen.has(hashOf(50_000))).toBe(false)
  })

  test('forgets the oldest hours first when it would outgrow its bound', () => {
    const seen = new SeenRequests({ windowMs: DAY_MS, maxEntries: 3_000 })
    for (let id = 0; id < 20_000; id++) seen.add(hashOf(id), Math.floor(id / 1_000) * HOUR_MS)
    expect(seen.size).toBeLessThan(6_000)
    expect(seen.forgottenEarly).toBeGreaterThan(10_000)
    expect(seen.has(hashOf(19_999))).toBe(true)
    expect(seen.has(hashOf(0))).toBe(false)
  })
})

describe('hash128', () => {
  // What ten minutes of pressure found: two requests of twenty million were taken for repeated ones.
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 22, 32])(
    'tells ids with a counter in two places apart, %i characters between them',
    (between) => {
      const seen = new Set<string>()
      const lanes = new Int32Array(4)
      for (let first = 0; first < 600; first++) {
        for (let second = 0; second < 200; second++) {
          const counted = first.toString(36).padStart(8, '0')
          const id = Buffer.from(`req_${counted}${'_'.repeat(between)}${String(second).padStart(8, '0')}`)
          lanes.fill(0)
          hash128(id, 0, id.length, lanes)
          seen.add(lanes.join())
        }
      }
      expect(seen.size).toBe(600 * 200)
    },
    30_000,
  )

  test('tells a stretch from one that ends with zeros', () => {
    const lengths = Array.from({ length: 40 }, (_, length) => {
      const lanes = new Int32Array(4)
      hash128(Buffer.alloc(40), 0, length, lanes)
      return lanes.join()
    })
    expect(new Set(lengths).size).toBe(40)
  })

  test('depends on the bytes between start and end alone', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), fc.uint8Array(), (before, bytes, after) => {
        const alone = new Int32Array(4)
        const within = new Int32Array(4)
        hash128(Buffer.from(bytes), 0, bytes.length, alone)
        const start = before.length
        hash128(Buffer.concat([before, bytes, after]), start, start + bytes.length, within)
        expect(within).toEqual(alone)
      }),
    )
  })
})

function hashOf(id: number): Int32Array {
  const out = new Int32Array(4)
  const bytes = Buffer.from(`req_${id}`)
  hash128(bytes, 0, bytes.length, out)
  return out
}
