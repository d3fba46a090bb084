import { encodeSpendRecord, frame } from '@meterline/contract'
import { type ScopeId, sumWeight } from '@meterline/domain'
import { TopologyTestDriver, type TestInput } from '@meterline/topology'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { alertsIn, CREDIT, delta, policy, SCHEMA_IDS, statesIn, tick } from './burn-log.test-data.ts'
import type { SkippedSpend } from './burn-reports.ts'
import { MAX_KEPT_MICRO, SumBound } from './state/sum-bound.ts'
import { BURN_TOPICS, burnTopology } from './topology.ts'

const PAYMENTS = 'billing_group:payments'
const NOON_MS = Date.UTC(2026, 10, 10, 12)
const DAY_MS = 86_400_000
/** What the codec writes and reads: below zero half of it. */
const LARGEST_LONG = Number.MAX_SAFE_INTEGER - 1
const SMALLEST_LONG = -(2 ** 52)
const BATCH_MICRO = 5_000_000_000_000_000
/** What a batch of corrections takes back in one record. */
const TAKEN_BACK_MICRO = 4_000_000_000_000_000

/** As meter writes it: 5,000 events of a million credits are a batch of it at the most. */
function spend(micro: number, atMs: number, scope: ScopeId = PAYMENTS): TestInput {
  const datum = encodeSpendRecord({
    kind: 'delta',
    scope,
    pane_start: atMs,
    credits_micro: micro,
    requests: 1,
    unrated_requests: 0,
    units: { tokens_output: 1e300 },
    drivers: [{ dimension: 'model', value: 'm', credits_micro: micro }],
  })
  return { key: scope, value: frame(10, datum) }
}

function burn() {
  const skipped: SkippedSpend[] = []
  const reports = { skipped: (each: SkippedSpend) => void skipped.push(each) }
  return { driver: new TopologyTestDriver(burnTopology(SCHEMA_IDS, BURN_TOPICS, reports)), skipped }
}

describe('spend beyond what integers hold', () => {
  test('is passed over and told; what was counted stays exact, over its budget, and the partition goes on', () => {
    const { driver, skipped } = burn()
    driver.pipe([policy(1), spend(BATCH_MICRO, NOON_MS), spend(BATCH_MICRO, NOON_MS + 1_000)])
    driver.pipe([delta(PAYMENTS, NOON_MS + 2_000, 1), delta('team:other', NOON_MS + 2_000, 2)])
    expect(skipped).toMatchObject([{ records: 1, offset: 2, err: expect.any(RangeError) }])
    expect(String(skipped[0]?.err)).toContain(PAYMENTS)
    const states = new Map(statesIn(driver.read('spend.state')).map((state) => [state.scope, state]))
    expect(states.get(PAYMENTS)?.month_credits_micro).toBe(BATCH_MICRO + CREDIT)
    expect(states.get('team:other')?.month_credits_micro).toBe(2 * CREDIT)
    expect(alertsIn(driver.read('spend.alert')).map(({ severity }) => severity)).toContain('hard_cap')
  })

  test('is judged again as days are no longer kept, and a void makes room at once', () => {
    const { driver, skipped } = burn()
    driver.pipe([policy(1), spend(BATCH_MICRO, NOON_MS), spend(-TAKEN_BACK_MICRO, NOON_MS)])
    driver.pipe([spend(TAKEN_BACK_MICRO - BATCH_MICRO, NOON_MS)])
    driver.pipe([spend(BATCH_MICRO, NOON_MS + DAY_MS)])
    expect(skipped).toEqual([])
    driver.pipe([tick(NOON_MS + 64 * DAY_MS + DAY_MS), spend(BATCH_MICRO, NOON_MS + 65 * DAY_MS)])
    expect(skipped).toEqual([])
  })

  test.each([MAX_KEPT_MICRO + 1, LARGEST_LONG, SMALLEST_LONG])('%d at once opens no scope', (micro) => {
    const { driver, skipped } = burn()
    driver.pipe([policy(1), spend(micro, NOON_MS, 'team:nobody')])
    expect(skipped).toHaveLength(1)
    expect(statesIn(driver.read('spend.state'))).toEqual([])
  })

  test('whatever comes, nothing throws, sums are those of what was taken, and cuts and crashes change nothing', () => {
    const amount = fc.oneof(
      fc.integer({ min: -5 * CREDIT, max: 50 * CREDIT }),
      fc.integer({ min: SMALLEST_LONG, max: BATCH_MICRO }),
      fc.constantFrom(MAX_KEPT_MICRO, -MAX_KEPT_MICRO / 2, LARGEST_LONG, SMALLEST_LONG),
    )
    const log = fc.array(fc.tuple(amount, fc.integer({ min: 0, max: 70 * 24 }), fc.boolean()), {
      maxLength: 25,
    })
    const cut = fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 10 })
    fc.assert(
      fc.property(log, cut, (steps, sizes) => {
        const inputs = [
          policy(1),
          ...steps.map(([micro, hour, isTick]) => {
            const atMs = NOON_MS + hour * 3_600_000
            return isTick ? tick(atMs) : spend(micro, atMs)
          }),
          // Whatever the cut, its state is told at the end.
          delta(PAYMENTS, NOON_MS + 71 * DAY_MS, 0),
        ]
        const [whole, parts] = [burn(), burn()]
        whole.driver.pipe(inputs)
        parts.driver.append(inputs)
        parts.driver.drain(sizes)
        const outcome = ({ driver }: ReturnType<typeof burn>) => ({
          alerts: driver.read('spend.alert').map(({ value }) => value?.toString()),
          states: statesIn(driver.read('spend.state')).map(({ version: _version, ...state }) => state),
        })
        expect(outcome(parts)).toEqual(outcome(whole))
        for (const state of outcome(whole).states) {
          const sums = [...Object.values(state.windows), state.month_credits_micro, state.day_credits_micro]
          expect(sums.every(Number.isSafeInteger)).toBe(true)
        }
      }),
      { numRuns: 80 },
    )
  })
})

test('the bound answers as if it asked for the exact figure every time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -BATCH_MICRO, max: BATCH_MICRO }), { maxLength: 40 }),
      fc.nat(40),
      (amounts, restartAt) => {
        let kept = 0
        const lasting = new SumBound()
        let restarted = new SumBound()
        for (const [at, micro] of amounts.entries()) {
          if (at === restartAt) restarted = new SumBound()
          const after = sumWeight(kept + micro)
          const isLet = lasting.lets(micro, () => after)
          expect(isLet).toBe(after <= MAX_KEPT_MICRO)
          expect(restarted.lets(micro, () => after)).toBe(isLet)
          if (isLet) kept += micro
          expect(Number.isSafeInteger(kept)).toBe(true)
        }
      },
    ),
  )
})
