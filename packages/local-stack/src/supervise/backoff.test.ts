import { assert, integer, property } from 'fast-check'
import { expect, it } from 'vitest'
import { backoffMs } from './backoff.ts'

const policy = { firstMs: 250, maxMs: 10_000, resetAfterMs: 30_000 }

it('doubles from the first wait up to the bound', () => {
  expect([1, 2, 3, 6, 7].map((failures) => backoffMs(policy, failures))).toEqual([
    250, 500, 1_000, 8_000, 10_000,
  ])
})

it('never waits less after more failures, nor longer than the bound', () => {
  assert(
    property(integer({ min: 1, max: 100_000 }), (failures) => {
      const waitMs = backoffMs(policy, failures)
      return waitMs <= policy.maxMs && waitMs <= backoffMs(policy, failures + 1)
    }),
  )
})
