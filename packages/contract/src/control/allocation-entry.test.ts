import { expect, test } from 'vitest'

import { allocationEntry, allocationEntryOf, allocationOf } from './allocation-entry.ts'

const ENTRY = {
  id: 'bg-payments',
  scope: 'billing_group:payments',
  owner: 'Finance',
  monthly_credits: 500,
  gl_account: '6100',
}

test('rules of credits stand in an allocation as the file says them, and come back out of it', () => {
  const rules = {
    pool: 'central',
    rollover_rest: 'expire',
    may_overcommit: true,
    on_owner_unreachable: 'closed',
  }
  const allocation = allocationOf(allocationEntry.parse({ ...ENTRY, ...rules }), undefined)
  expect(allocation).toMatchObject(rules)
  expect(allocationEntryOf(allocation)).toMatchObject(rules)
})

test('what is left out stays left out', () => {
  const allocation = allocationOf(allocationEntry.parse(ENTRY), undefined)
  for (const name of ['pool', 'rollover_rest', 'may_overcommit', 'on_owner_unreachable']) {
    expect(allocation).not.toHaveProperty(name)
    expect(allocationEntryOf(allocation)).not.toHaveProperty(name)
  }
})
