import { decodeMeterTally } from '@meterline/contract'
import type { UsageEvent } from '@meterline/domain'
import type { TopologyTestDriver } from '@meterline/topology'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { bytesOf, metered, sums } from '../meter-outputs.test-data.ts'
import { framedEvent, meterDriver, preparedSchemas, RECEIVED_MS, usageEvent } from '../meter.test-data.ts'

const schemas = await preparedSchemas()
const HOUR_MS = 3_600_000
const MICRO_PER_TOKEN = 200
const IDS = ['r1', 'r2', 'r3', 'r4', 'r5']

interface Arrival {
  readonly id: string
  readonly corrects: string | null
  readonly key: string
  readonly tokens: number
  readonly isVoid: boolean
  readonly hour: number
}

const arrivals = fc.array(
  fc.record<Arrival>({
    id: fc.constantFrom(...IDS),
    corrects: fc.option(fc.constantFrom(...IDS), { freq: 2 }),
    key: fc.constantFrom('key_registry', 'key_registry', 'key_support', 'stranger'),
    tokens: fc.integer({ min: 0, max: 3 }),
    isVoid: fc.boolean(),
    hour: fc.nat(3),
  }),
  { maxLength: 30, size: 'max' },
)
const cuts = fc.array(fc.integer({ min: -6, max: 6 }), { maxLength: 14 })

/** One request that is sent again with other content would be its producer's mistake: the first one counts. */
test('any mix of requests, corrections and duplicates, cut and crashed anywhere, comes to the same net', async () => {
  let corrected = 0
  await fc.assert(
    fc.asyncProperty(arrivals, cuts, async (drawn, sizes) => {
      const sent = drawn.map(eventOf)
      const records = sent.map((event) => ({ value: framedEvent(event), timestampMs: RECEIVED_MS }))
      const { driver } = meterDriver(schemas)
      driver.append(records)
      await driver.drainPrepared(sizes)
      const expected = expectedOf(sent)
      corrected += expected.corrections
      expect(netOf(driver)).toEqual(expected.net)
      expect(spendOf(driver)).toEqual(expected.spend)

      const whole = meterDriver(schemas).driver
      await whole.pipePrepared(records)
      for (const topic of ['usage.metered', 'usage.rejected', 'meter.changelog']) {
        expect(bytesOf(driver, topic), topic).toEqual(bytesOf(whole, topic))
      }
      const [counts] = [...(decodeMeterTally(driver.note ?? '')?.hours.values() ?? [])]
      if (counts === undefined) return
      expect(counts.accepted).toBe(counts.metered + counts.duplicates + counts.rejected)
      expect(driver.read('usage.metered')).toHaveLength(counts.metered + counts.corrections)
      expect(counts.corrections).toBe(expected.corrections)
    }),
    { numRuns: 120 },
  )
  expect(corrected).toBeGreaterThan(80)
})

function eventOf({ id, corrects, key, tokens, isVoid, hour }: Arrival): UsageEvent {
  return usageEvent({
    request_id: corrects === null ? id : `${id} on ${corrects}`,
    corrects,
    api_key_id: key,
    timestamp: RECEIVED_MS - hour * HOUR_MS,
    units: corrects !== null && isVoid ? {} : { tokens_output: tokens },
    user_id: null,
  })
}

/** What stands for each request, by the list of events alone. */
function expectedOf(sent: readonly UsageEvent[]) {
  const seen = new Set<string>()
  const standing = new Map<string, { tokens: number; requests: number; paneMs: number; key: string }>()
  let corrections = 0
  for (const { api_key_id: key, request_id, corrects, units, timestamp } of sent) {
    const target = `${key} ${corrects ?? request_id}`
    const before = standing.get(target)
    const isRejected = key === 'stranger' || (corrects !== null && before === undefined)
    if (isRejected || seen.has(`${key} ${request_id}`)) continue
    seen.add(`${key} ${request_id}`)
    corrections += corrects === null ? 0 : 1
    const isVoid = Object.keys(units).length === 0
    const paneMs = before?.paneMs ?? timestamp
    standing.set(target, { tokens: units['tokens_output'] ?? 0, requests: isVoid ? 0 : 1, paneMs, key })
  }
  const spend = new Map<string, { creditsMicro: number; requests: number }>()
  for (const { key, paneMs, tokens, requests } of standing.values()) {
    const sum = spend.get(`api_key:${key}@${paneMs}`) ?? { creditsMicro: 0, requests: 0 }
    sum.creditsMicro += tokens * MICRO_PER_TOKEN
    sum.requests += requests
    spend.set(`api_key:${key}@${paneMs}`, sum)
  }
  const net = [...standing].map(
    ([target, { tokens, requests }]) => [target, `${tokens * MICRO_PER_TOKEN} in ${requests}`] as const,
  )
  return { net: Object.fromEntries(net), spend: Object.fromEntries(spend), corrections }
}

function netOf(driver: TopologyTestDriver) {
  const byTarget = Map.groupBy(
    metered(driver),
    ({ api_key_id, corrects, request_id }) => `${api_key_id} ${corrects ?? request_id}`,
  )
  return Object.fromEntries(
    [...byTarget].map(([target, records]) => {
      const credits = records.reduce((sum, { credits_micro }) => sum + credits_micro, 0)
      return [target, `${credits} in ${records.reduce((sum, { requests }) => sum + requests, 0)}`]
    }),
  )
}

function spendOf(driver: TopologyTestDriver) {
  return Object.fromEntries(
    Object.entries(sums(driver))
      .filter(([pane]) => pane.startsWith('api_key:'))
      .map(([pane, { credits_micro, requests }]) => [pane, { creditsMicro: credits_micro, requests }]),
  )
}
