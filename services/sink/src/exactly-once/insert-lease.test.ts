import { expect, test } from 'vitest'

import { InsertLease } from './insert-lease.ts'

test('what was too short is doubled, up to twelve seconds', () => {
  const lease = new InsertLease(5_000)
  const seen = [lease.ms]
  for (let times = 0; times < 3; times += 1) {
    lease.tooShort()
    seen.push(lease.ms)
  }
  expect(seen).toEqual([5_000, 10_000, 12_000, 12_000])
})

test('it comes down once inserts are quick, and never below what is set', () => {
  const lease = new InsertLease(5_000)
  lease.tooShort()
  lease.tooShort()
  lease.sufficed(4_000)
  expect(lease.ms).toBe(12_000)
  lease.sufficed(2_000)
  expect(lease.ms).toBe(6_000)
  lease.sufficed(100)
  lease.sufficed(100)
  expect(lease.ms).toBe(5_000)
})

test('what is set to be longer than that stays as it is', () => {
  const lease = new InsertLease(60_000)
  lease.tooShort()
  expect(lease.ms).toBe(60_000)
})
