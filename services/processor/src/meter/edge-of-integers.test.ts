import { FRAME_BYTES, meteredUsageCodec } from '@meterline/contract'
import { MAX_EVENT_CREDITS_MICRO, type MeteredUsage, USAGE_BOUNDS } from '@meterline/domain'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { deltas, metered, rejections } from './meter-outputs.test-data.ts'
import { input, meterDriver, preparedSchemas } from './meter.test-data.ts'

const schemas = await preparedSchemas()

/** `packages/kafka` gives no more to one transaction. */
const RECORDS_PER_BATCH = 5_000
/** Of gpt-5-mini, at 200 credits per million: exactly what one event may take. */
const LARGEST_OUTPUT = 5_000_000_000

function calls(count: number) {
  return Array.from({ length: count }, (_, at) =>
    input({ request_id: `r${at}`, units: { tokens_output: LARGEST_OUTPUT } }),
  )
}

test('the largest batch of the largest events is an exact sum, for every scope and driver', () => {
  const { driver } = meterDriver(schemas)
  driver.pipe(calls(RECORDS_PER_BATCH))
  const sum = RECORDS_PER_BATCH * MAX_EVENT_CREDITS_MICRO
  expect(Number.isSafeInteger(sum)).toBe(true)
  expect(rejections(driver)).toEqual([])
  for (const delta of deltas(driver).values()) {
    expect(delta.credits_micro).toBe(sum)
    for (const driverSum of delta.drivers) expect(driverSum.credits_micro).toBe(sum)
  }
  expect(deltas(driver).size).toBeGreaterThan(5)
})

test('a batch of voids of the largest calls is told in records that hold it, and takes back what stood', async () => {
  const standing = new Map<string, MeteredUsage>()
  const { driver } = meterDriver(schemas, {
    originals: {
      find: async (_partition, wanted) =>
        new Map(wanted.map(({ identity, requestId }) => [identity, standing.get(requestId)!])),
      decode: async (value) => meteredUsageCodec.decode(value.subarray(FRAME_BYTES)),
    },
  })
  driver.pipe(calls(RECORDS_PER_BATCH))
  for (const usage of metered(driver)) standing.set(usage.request_id, usage)
  const voids = Array.from({ length: RECORDS_PER_BATCH }, (_, at) =>
    input({ request_id: `v${at}`, corrects: `r${at}`, units: {} }),
  )
  await driver.pipePrepared(voids)
  expect(rejections(driver)).toEqual([])
  for (const delta of deltas(driver).values()) expect(delta.credits_micro).toBe(0)
})

test('any amount is metered within its bound, or rejected with its reason and its bytes', () => {
  const edges = [
    0,
    LARGEST_OUTPUT,
    LARGEST_OUTPUT + 1,
    USAGE_BOUNDS.maxUnitAmount,
    USAGE_BOUNDS.maxUnitAmount + 1,
    Number.MAX_SAFE_INTEGER,
    Number.MAX_VALUE,
    Number.MIN_VALUE,
    Number.POSITIVE_INFINITY,
    Number.NaN,
    -1,
  ]
  const amount = fc.oneof(fc.constantFrom(...edges), fc.double())
  const event = fc.record({ tokens_input: amount, tokens_output: amount, unknown_meter: amount })
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 20 }), (all) => {
      const { driver } = meterDriver(schemas)
      driver.pipe(all.map((units, at) => input({ request_id: `r${at}`, units })))
      const taken = metered(driver)
      expect(taken.length + rejections(driver).length).toBe(all.length)
      for (const { reason } of rejections(driver)) expect(String(reason)).toBe('invalid_field')
      for (const { value } of driver.read('usage.rejected')) expect(value?.length).toBeGreaterThan(0)
      for (const { credits_micro, cost_usd_micro } of taken) {
        expect(credits_micro).toBeGreaterThanOrEqual(0)
        expect(credits_micro).toBeLessThanOrEqual(MAX_EVENT_CREDITS_MICRO)
        expect(Number.isSafeInteger(cost_usd_micro)).toBe(true)
      }
      for (const delta of deltas(driver).values()) {
        expect(Number.isSafeInteger(delta.credits_micro)).toBe(true)
        expect(Object.values(delta.units).every(Number.isFinite)).toBe(true)
      }
    }),
    { numRuns: 150 },
  )
})
