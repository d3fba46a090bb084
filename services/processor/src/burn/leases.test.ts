import { TopologyTestDriver } from '@meterline/topology'
import type { TestInput } from '@meterline/topology'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  answersIn,
  CREDIT,
  delta,
  leaseRequest,
  leaseReturn,
  policy,
  SCHEMA_IDS,
  tick,
} from './burn-log.test-data.ts'
import { burnTopology } from './topology.ts'

const TEAM = 'team:payments'
const NOON_MS = Date.UTC(2026, 10, 18, 12)

function run(inputs: readonly TestInput[]) {
  const driver = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
  driver.pipe(inputs)
  return { driver, answers: () => answersIn(driver.read('spend.lease')) }
}

describe('a lease', () => {
  test('is what is asked for, at most the cap less what is spent and what is out', () => {
    const { answers } = run([
      policy(1),
      tick(NOON_MS),
      delta(TEAM, NOON_MS, 300),
      leaseRequest(TEAM, 400),
      leaseRequest(TEAM, 400, { holder: 'gateway-2' }),
      leaseRequest(TEAM, 1, { holder: 'gateway-3' }),
    ])
    expect(answers().map(({ granted_micro, refusal }) => [granted_micro / CREDIT, refusal])).toEqual([
      [400, 'none'],
      [300, 'cap'],
      [0, 'cap'],
    ])
    expect(answers()[2]).toMatchObject({
      limit_id: 'cap',
      cap_micro: 1_000 * CREDIT,
      spent_micro: 300 * CREDIT,
      outstanding_micro: 700 * CREDIT,
      as_of: NOON_MS,
    })
  })

  test('goes by day and month of the reporting time zone, and by the ticks: a clock that runs ahead opens no new day', () => {
    // Berlin: the day ends at 23:00 UTC.
    const late = Date.UTC(2026, 10, 18, 22, 59)
    const day = { caps: [{ limit_id: 'daily', period: 'day', cap_micro: 500 * CREDIT }] } as const
    const { answers } = run([
      policy(1),
      tick(late),
      delta(TEAM, late, 450),
      delta(TEAM, late + 120_000, 1),
      leaseRequest(TEAM, 100, day),
      tick(late + 180_000),
      leaseRequest(TEAM, 100, { ...day, number: 2 }),
    ])
    expect(answers().map(({ granted_micro }) => granted_micro / CREDIT)).toEqual([50, 150])
  })

  test('is not granted by an older view of the organization than burn has', () => {
    const { answers } = run([policy(7), tick(NOON_MS), leaseRequest(TEAM, 10, { control_offset: 6 })])
    expect(answers()[0]).toMatchObject({ granted_micro: 0, refusal: 'stale_view' })
  })

  test('that was used is counted until its usage is metered, not longer', () => {
    const { driver, answers } = run([
      policy(1),
      tick(NOON_MS),
      leaseRequest(TEAM, 1_000),
      leaseReturn(TEAM, { settled_micro: 600 * CREDIT, returned_micro: 100 * CREDIT }),
      // Metered up to before the report: it may be on its way.
      tick(NOON_MS + 1_000, 3),
      leaseRequest(TEAM, 1_000, { holder: 'gateway-2' }),
    ])
    expect(answers()[1]?.granted_micro).toBe(100 * CREDIT)
    driver.pipe([
      delta(TEAM, NOON_MS + 500, 590),
      tick(NOON_MS + 2_000, 6),
      leaseRequest(TEAM, 1_000, { holder: 'gateway-3' }),
    ])
    // 1,000 less 590 spent, less 300 that the first still has and 100 of the second.
    expect(answers()[2]?.granted_micro).toBe(10 * CREDIT)
  })

  test('of a gateway that is never heard of again ends by the ticks, when what was made of it is metered', () => {
    const { driver, answers } = run([policy(1), tick(NOON_MS), leaseRequest(TEAM, 1_000)])
    // 10 s to spend, 60 s of reservations, 5 s for clocks that differ, from the first tick that is surely later.
    driver.pipe([tick(NOON_MS + 1_000, 0), tick(NOON_MS + 2_000, 3), tick(NOON_MS + 76_999, 5)])
    driver.pipe([leaseRequest(TEAM, 1, { holder: 'gateway-2' })])
    expect(answers().at(-1)?.refusal).toBe('cap')
    driver.pipe([tick(NOON_MS + 77_000, 6), tick(NOON_MS + 78_000, 7)])
    driver.pipe([leaseRequest(TEAM, 1, { holder: 'gateway-3' })])
    expect(answers().at(-1)?.refusal).toBe('cap')
    driver.pipe([tick(NOON_MS + 79_000, 8), leaseRequest(TEAM, 1, { holder: 'gateway-4' })])
    expect(answers().at(-1)).toMatchObject({ granted_micro: CREDIT, refusal: 'none' })
    driver.pipe([leaseRequest(TEAM, 1, { number: 2 })])
    expect(answers().at(-1)?.refusal).toBe('ended')
  })

  test('that cannot be is passed over', () => {
    const wrong = [
      leaseRequest(TEAM, 5, { needed_micro: -1 }),
      leaseRequest(TEAM, 5, { number: 0 }),
      leaseReturn(TEAM, { settled_micro: -5 }),
    ]
    expect(run([policy(1), tick(NOON_MS), ...wrong]).answers()).toEqual([])
  })
})

test('answers are the same, byte for byte, however the log is cut and wherever burn crashes', () => {
  const record = fc.oneof(
    fc
      .tuple(fc.nat(3), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 400 }))
      .map(([holder, number, credits]) =>
        leaseRequest(TEAM, credits, { holder: `gateway-${holder}`, number }),
      ),
    fc.tuple(fc.nat(3), fc.nat(300), fc.nat(300)).map(([holder, settled, returned]) =>
      leaseReturn(TEAM, {
        holder: `gateway-${holder}`,
        settled_micro: settled * CREDIT,
        returned_micro: returned * CREDIT,
      }),
    ),
    fc.integer({ min: 0, max: 100 }).map((credits) => delta(TEAM, NOON_MS, credits)),
    fc
      .tuple(fc.nat(200_000), fc.integer({ min: -1, max: 60 }))
      .map(([ms, metered]) => tick(NOON_MS + ms, metered < 0 ? undefined : metered)),
  )
  const cuts = fc.array(fc.integer({ min: -6, max: 8 }), { maxLength: 20 })
  let granted = 0
  fc.assert(
    fc.property(fc.array(record, { minLength: 20, maxLength: 60 }), cuts, (inputs, sizes) => {
      const whole = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
      const cut = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
      for (const driver of [whole, cut]) driver.append([policy(1), tick(NOON_MS), ...inputs])
      whole.drain([])
      cut.drain(sizes)
      const bytes = (driver: TopologyTestDriver) =>
        driver.read('spend.lease').map(({ value }) => value?.toString('hex'))
      expect(bytes(cut)).toEqual(bytes(whole))
      granted += answersIn(whole.read('spend.lease')).filter(({ granted_micro }) => granted_micro > 0).length
    }),
  )
  expect(granted).toBeGreaterThan(50)
})
