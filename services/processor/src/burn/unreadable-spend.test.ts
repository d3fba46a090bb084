import { encodeSpendRecord, frame } from '@meterline/contract'
import { TopologyTestDriver, type TestInput } from '@meterline/topology'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import {
  alertsIn,
  allocation,
  CREDIT,
  delta,
  policy,
  SCHEMA_IDS,
  statesIn,
  tick,
} from './burn-log.test-data.ts'
import type { LateSpend, SkippedSpend } from './burn-reports.ts'
import { BURN_TOPICS, burnTopology } from './topology.ts'

const PAYMENTS = 'billing_group:payments'
const DAY_MS = 86_400_000

const framed = (datum: Buffer): TestInput => ({ key: null, value: frame(10, datum) })
const whole = encodeSpendRecord({ kind: 'tick', pane_start: 0 })
const unreadable: [string, TestInput][] = [
  ['a tombstone', { key: PAYMENTS, value: null }],
  ['an empty value', { key: PAYMENTS, value: Buffer.alloc(0) }],
  ['JSON', { key: PAYMENTS, value: Buffer.from('{"kind":"delta"}') }],
  ['a torn record', framed(whole.subarray(0, -1))],
  [
    'a map count of 2^30',
    framed(
      Buffer.concat([whole.subarray(0, 6), Buffer.from([0x80, 0x80, 0x80, 0x80, 0x08]), whole.subarray(7)]),
    ),
  ],
  ['a tick at the end of numbers', tick(2 ** 52)],
  ['a delta of the year 2100', delta(PAYMENTS, Date.UTC(2100, 0, 1), 1)],
  ['a delta before all time', delta(PAYMENTS, -1, 1)],
  [
    'a policy that is no JSON',
    framed(encodeSpendRecord({ kind: 'policy', pane_start: 0, policy: '{', policy_offset: 7 })),
  ],
  ['a policy in no time zone', policy(7, { reporting_time_zone: 'Middle/Earth' })],
  [
    'a policy without amounts',
    policy(7, { allocations: [allocation({ monthly_credits_micro: Number.NaN })] }),
  ],
]

test.each(unreadable)('%s is passed over and told, and the partition goes on', (_what, record) => {
  const { driver, skipped } = burn()
  driver.pipe([policy(1), delta(PAYMENTS, '2026-11-10T10:00:00Z', 650), record])
  driver.pipe([delta(PAYMENTS, '2026-11-10T10:00:05Z', 60)])
  expect(skipped).toMatchObject([{ partition: 0, records: 1, offset: 2, err: expect.any(Error) }])
  expect(alertsIn(driver.read('spend.alert'))).toMatchObject([{ threshold: 0.7, current_usage: 710 }])
})

test('what was passed over changes nothing, however the log is cut into batches', () => {
  const good = [
    policy(1),
    ...Array.from({ length: 12 }, (_, i) => delta(PAYMENTS, Date.UTC(2026, 10, 10, 10, 0, i), 90)),
  ]
  const outcome = ({ driver }: ReturnType<typeof burn>) => ({
    alerts: driver.read('spend.alert').map(({ value }) => value?.toString()),
    states: statesIn(driver.read('spend.state')).map(({ version: _version, ...state }) => state),
  })
  const undisturbed = burn()
  undisturbed.driver.pipe(good)
  const bad = fc.constantFrom(...unreadable.map(([, record]) => record))
  const sizes = fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 12 })
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(good.length), bad), { maxLength: 8 }), sizes, (between, cut) => {
      const disturbed = burn()
      const log: TestInput[] = [...good]
      for (const [at, record] of between) log.splice(at, 0, record)
      disturbed.driver.append(log)
      disturbed.driver.drain(cut)
      expect(outcome(disturbed)).toEqual(outcome(undisturbed))
    }),
    { numRuns: 60 },
  )
})

test('many unreadable records of a batch are told at once, with the first of them', () => {
  const { driver, skipped } = burn()
  driver.pipe(Array.from({ length: 500 }, () => ({ key: null, value: Buffer.from('noise') })))
  driver.pipe([tick('2026-11-10T10:00:00Z')])
  expect(skipped).toMatchObject([{ records: 500, offset: 0 }])
})

test('spend of more than 62 days before is counted as late, and opens no scope', () => {
  const { driver, late } = burn()
  const nowMs = Date.parse('2026-11-10T10:00:00Z')
  driver.pipe([
    policy(1),
    tick(nowMs),
    delta(PAYMENTS, nowMs - 62 * DAY_MS, 1),
    delta('team:gone', nowMs - 63 * DAY_MS, 2),
    delta('team:gone', nowMs - 400 * DAY_MS, 3),
  ])
  expect(late).toEqual([{ partition: 0, records: 2, creditsMicro: 5 * CREDIT }])
  expect(statesIn(driver.read('spend.state')).map(({ scope }) => scope)).toEqual([PAYMENTS])
})

function burn() {
  const skipped: SkippedSpend[] = []
  const late: LateSpend[] = []
  const reports = {
    skipped: (each: SkippedSpend) => void skipped.push(each),
    late: (each: LateSpend) => void late.push(each),
  }
  return { driver: new TopologyTestDriver(burnTopology(SCHEMA_IDS, BURN_TOPICS, reports)), skipped, late }
}
