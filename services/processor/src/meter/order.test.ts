import type { UsageEvent } from '@meterline/domain'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { metered, sums } from './meter-outputs.test-data.ts'
import { framedEvent, meterDriver, preparedSchemas, RECEIVED_MS, usageEvent } from './meter.test-data.ts'

const schemas = await preparedSchemas()
const HOUR_MS = 3_600_000

/** Twins are the same event sent again, as a producer that keeps to its ids sends them. */
const arrivals = fc
  .array(
    fc.record({
      key: fc.constantFrom('key_registry', 'key_support'),
      tokens: fc.integer({ min: 1, max: 5_000 }),
      ageMs: fc.integer({ min: 0, max: 20 * HOUR_MS }),
      times: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 15 },
  )
  .chain((drawn) => {
    const sent = drawn.flatMap(({ key, tokens, ageMs, times }, id) => {
      const event = usageEvent({
        request_id: `r${id}`,
        api_key_id: key,
        timestamp: RECEIVED_MS - ageMs,
        units: { tokens_output: tokens },
      })
      return Array.from({ length: times }, () => event)
    })
    return fc.tuple(fc.constant(sent), fc.shuffledSubarray(sent, { minLength: sent.length }))
  })

test('any order of arrival meters the same requests, for the same sums', () => {
  const cuts = fc.array(fc.integer({ min: -4, max: 6 }), { maxLength: 10 })
  fc.assert(
    fc.property(arrivals, cuts, ([sent, shuffled], sizes) => {
      const inOrder = outcome(sent, [])
      const anyOrder = outcome(shuffled, sizes)
      expect(anyOrder).toEqual(inOrder)
      expect(anyOrder.requests).toHaveLength(new Set(sent.map(({ request_id }) => request_id)).size)
    }),
  )
})

function outcome(events: readonly UsageEvent[], sizes: readonly number[]) {
  const { driver } = meterDriver(schemas)
  driver.append(events.map((event) => ({ value: framedEvent(event), timestampMs: RECEIVED_MS })))
  driver.drain(sizes)
  const requests = metered(driver).map(({ request_id, credits_micro }) => `${request_id} ${credits_micro}`)
  const spend = Object.entries(sums(driver)).map(
    ([pane, { credits_micro, requests: count, units }]) =>
      `${pane} ${credits_micro} ${count} ${JSON.stringify(units)}`,
  )
  return { requests: requests.sort(compare), spend: spend.sort(compare) }
}

const compare = (a: string, b: string): number => (a < b ? -1 : 1)
