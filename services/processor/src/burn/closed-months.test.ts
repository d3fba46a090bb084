import { spendStateCodec } from '@meterline/contract'
import type { SpendState } from '@meterline/domain'
import { TopologyTestDriver } from '@meterline/topology'
import type { TestInput } from '@meterline/topology'
import { expect, test } from 'vitest'

import { CREDIT, delta, policy, SCHEMA_IDS, statesIn, tick } from './burn-log.test-data.ts'
import { burnTopology } from './topology.ts'

const PAYMENTS = 'billing_group:payments'
const SUPPORT = 'billing_group:support'

function drive(inputs: readonly TestInput[]) {
  const driver = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
  driver.pipe([...inputs])
  return driver
}

const last = (driver: TopologyTestDriver, scope: string): SpendState | undefined =>
  statesIn(driver.read('spend.state')).find((state) => state.scope === scope)

test('a state says the total of the last month, and of the one before as long as all its days are kept', () => {
  const driver = drive([
    policy(1),
    delta(PAYMENTS, '2026-09-10T10:00:00Z', 9),
    delta(PAYMENTS, '2026-10-10T10:00:00Z', 10),
    delta(PAYMENTS, '2026-11-02T10:00:00Z', 11),
  ])
  expect(last(driver, PAYMENTS)?.closed_months_micro).toEqual({
    '2026-09': 9 * CREDIT,
    '2026-10': 10 * CREDIT,
  })
  driver.pipe([delta(PAYMENTS, '2026-11-03T10:00:00Z', 1)])
  // The 1st of September is 63 days before the 3rd of November.
  expect(last(driver, PAYMENTS)?.closed_months_micro).toEqual({ '2026-10': 10 * CREDIT })
})

test('spend that comes late changes the total of its month, and the state is said again', () => {
  const driver = drive([policy(1), delta(PAYMENTS, '2026-10-31T22:59:59Z', 10), tick('2026-11-05T10:00:00Z')])
  driver.pipe([delta(PAYMENTS, '2026-10-20T10:00:00Z', 5)])
  expect(last(driver, PAYMENTS)).toMatchObject({
    month_credits_micro: 0,
    closed_months_micro: { '2026-10': 15 * CREDIT },
  })
})

test('when the month rolls, the allocated scopes are said again without new spend, the others in their time', () => {
  const driver = drive([
    policy(1),
    delta(PAYMENTS, '2026-11-30T22:00:00Z', 10),
    delta(SUPPORT, '2026-11-30T22:00:00Z', 10),
    tick('2026-11-30T22:59:59Z'),
  ])
  const before = driver.read('spend.state').length
  // Midnight in Berlin.
  driver.pipe([tick('2026-11-30T23:00:00Z')])
  expect(driver.read('spend.state')).toHaveLength(before + 1)
  expect(last(driver, PAYMENTS)).toMatchObject({
    month_credits_micro: 0,
    month_start: Date.parse('2026-11-30T23:00:00Z'),
    closed_months_micro: { '2026-11': 10 * CREDIT },
  })
})

test('a state that was written before months were said is read, without them', () => {
  const state = last(drive([policy(1), delta(PAYMENTS, '2026-11-30T22:00:00Z', 10)]), PAYMENTS)
  if (state === undefined) throw new Error('there is a state')
  const { closed_months_micro, ...first } = state
  expect(Object.keys(closed_months_micro)).toEqual(['2026-10'])
  // An empty map is one byte, a zero, and the last one.
  const datum = spendStateCodec.encode({ ...first, closed_months_micro: {} }).subarray(0, -1)
  expect(spendStateCodec.decode(datum)).toEqual({ ...first, closed_months_micro: {} })
  expect(() => spendStateCodec.decode(datum.subarray(0, -1))).toThrow(/./)
})
