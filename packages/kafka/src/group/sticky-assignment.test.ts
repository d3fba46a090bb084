import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { assignSticky } from './sticky-assignment.ts'

const partitions = fc.integer({ min: 0, max: 12 }).map((count) => Array.from({ length: count }, (_, p) => p))
const members = fc.uniqueArray(
  fc.record({
    memberId: fc.string({ minLength: 1, maxLength: 4 }),
    owned: fc.array(fc.nat(14), { maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 5, selector: (member) => member.memberId },
)

test('every partition goes to exactly one member, and counts differ by one at most', () => {
  fc.assert(
    fc.property(partitions, members, (all, claims) => {
      const shares = [...assignSticky(all, claims).values()]
      expect(shares.flat().toSorted((a, b) => a - b)).toEqual(all)
      const sizes = shares.map((share) => share.length)
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
    }),
  )
})

test('the answer does not depend on the order of members', () => {
  fc.assert(
    fc.property(partitions, members, (all, claims) => {
      expect(assignSticky(all, claims.toReversed())).toEqual(assignSticky(all, claims))
    }),
  )
})

test('assigning again moves nothing', () => {
  fc.assert(
    fc.property(partitions, members, (all, claims) => {
      const first = assignSticky(all, claims)
      const again = claims.map(({ memberId }) => ({ memberId, owned: first.get(memberId) ?? [] }))
      expect(assignSticky(all, again)).toEqual(first)
    }),
  )
})

test('a new member takes only what makes it even; the others keep the rest', () => {
  const owned = { a: [0, 1, 2, 3], b: [4, 5, 6, 7] }
  const shares = assignSticky(
    [0, 1, 2, 3, 4, 5, 6, 7],
    [
      { memberId: 'a', owned: owned.a },
      { memberId: 'b', owned: owned.b },
      { memberId: 'c', owned: [] },
    ],
  )
  expect(shares.get('a')).toEqual([0, 1, 2])
  expect(shares.get('b')).toEqual([4, 5, 6])
  expect(shares.get('c')).toEqual([3, 7])
})
