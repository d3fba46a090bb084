import { expect, test } from 'vitest'

import { readBudgets } from './budget-policy.ts'

const policyOf = (organization: string): string =>
  JSON.stringify({ organization, reporting_time_zone: 'UTC', allocations: [] })
/** As the next partition has it: the same text, read from other bytes. */
const again = (json: string): string => Buffer.from(json).toString()

test('partitions that are told the same share one policy, and one that was told something else has its own', () => {
  const first = readBudgets(policyOf('acme'))
  expect(readBudgets(again(first.json))).toBe(first)
  expect(readBudgets(policyOf('other')).policy.organization).toBe('other')
  expect(readBudgets(policyOf('acme')).policy.organization).toBe('acme')
})

test('what is no policy is refused each time, and the one before it stays as it was', () => {
  const first = readBudgets(policyOf('acme'))
  const noZone = policyOf('acme').replace('UTC', 'Moon/Base')
  for (const json of ['', '{', '[]', noZone, '{', noZone]) {
    expect(() => readBudgets(json)).toThrow(/JSON|no budget policy|time zone/i)
  }
  expect(readBudgets(policyOf('acme'))).toBe(first)
})
