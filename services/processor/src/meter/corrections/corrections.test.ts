import type { MeteredUsage, UsageEvent } from '@meterline/domain'
import { foldControlEvent } from '@meterline/domain'
import type { TopologyTestDriver } from '@meterline/topology'
import { describe, expect, test } from 'vitest'

import { deltas, metered, pane, rejections } from '../meter-outputs.test-data.ts'
import {
  input,
  meterDriver,
  originalsIn,
  preparedSchemas,
  put,
  RECEIVED_MS,
  sampleKey,
} from '../meter.test-data.ts'
import { readEvent } from '../wire/read-event.ts'
import { UsageScan } from '../wire/usage-scan.ts'
import { StandingRequests } from './standing-requests.ts'

const schemas = await preparedSchemas()
const DAY_MS = 86_400_000

/** In the partition of the driver, so that a correction of it is not sent elsewhere. */
const ORIGINAL = 'req_1'
const IN_SAME_PARTITION = 'c15'
const original = (changes: Partial<UsageEvent> = {}) => input({ request_id: ORIGINAL, ...changes })
const correction = (request_id: string, units: UsageEvent['units'], changes: Partial<UsageEvent> = {}) => ({
  ...input({ request_id, corrects: ORIGINAL, units, response_latency_ms: 5, ...changes }),
  key: ORIGINAL,
})

/** 200 micro-credits a token of output. */
const tokens = (tokens_output: number) => ({ tokens_output })

const net = (driver: TopologyTestDriver) => sum(metered(driver))

function sum(records: readonly MeteredUsage[]) {
  return records.reduce(
    ({ creditsMicro, requests }, record) => ({
      creditsMicro: creditsMicro + record.credits_micro,
      requests: requests + record.requests,
    }),
    { creditsMicro: 0, requests: 0 },
  )
}

function spent(driver: TopologyTestDriver, scope = 'team:payments') {
  const delta = deltas(driver).get(`${scope}@${pane()}`)
  return { creditsMicro: delta?.credits_micro, requests: delta?.requests }
}

describe('a correction', () => {
  test('takes back what was metered, and meters what is stated, at the time of the call', async () => {
    const { driver, counts } = meterDriver(schemas)
    await driver.pipePrepared([original({ credits_consumed: 1_870_000, error_code: 'rate_limited' })])
    const received = { timestampMs: RECEIVED_MS + 90_000 }
    const late = { timestamp: RECEIVED_MS + 60_000, user_id: 'somebody else', usage_labels: {} }
    await driver.pipePrepared([{ ...correction('c1', tokens(10), late), ...received }])
    const [first, reversal, replacement, ...more] = metered(driver)
    expect(more).toEqual([])
    const both = {
      request_id: 'c1',
      corrects: ORIGINAL,
      response_latency_ms: null,
      ingested_at: RECEIVED_MS + 90_000,
      source_offset: 1,
    }
    expect({ ...reversal }).toEqual({
      ...first,
      ...both,
      units: { tokens_input: -1523, tokens_input_cached: -1024, tokens_output: -311 },
      metered_units: { tokens_input: -499, tokens_input_cached: -1024, tokens_output: -311 },
      credits_consumed: -1_870_000,
      credits_micro: -77_235,
      cost_usd_micro: -772,
      requests: -1,
      correction: 'reversal',
    })
    expect({ ...replacement }).toEqual({
      ...first,
      ...both,
      units: tokens(10),
      metered_units: tokens(10),
      rates: { tokens_output: 200_000_000 },
      credits_consumed: null,
      credits_micro: 2_000,
      cost_usd_micro: 20,
      requests: 1,
      correction: 'replacement',
    })
    expect(driver.read('usage.metered').map(({ key }) => key?.toString())).toEqual([
      ORIGINAL,
      ORIGINAL,
      ORIGINAL,
    ])
    expect(counts).toMatchObject({ metered: 2, corrections: 1, duplicates: 0 })
  })

  test('reaches every scope that the call had, whatever it says itself', async () => {
    const { driver } = meterDriver(schemas)
    await driver.pipePrepared([original()])
    const before = [...deltas(driver).keys()].sort()
    await driver.pipePrepared([correction('c1', tokens(10), { user_id: 'somebody else', endpoint: null })])
    expect([...deltas(driver).keys()].sort()).toEqual(before)
    for (const { credits_micro, requests, units } of deltas(driver).values()) {
      expect({ credits_micro, requests }).toEqual({ credits_micro: 2_000, requests: 1 })
      expect(units).toEqual({ tokens_input: 0, tokens_input_cached: 0, tokens_output: 10 })
    }
  })

  test('without units is a void: nothing of the request stands, and it is no request', async () => {
    const { driver } = meterDriver(schemas)
    await driver.pipePrepared([original(), correction('void', {})])
    expect(metered(driver)[2]).toMatchObject({ units: {}, requests: 0, credits_micro: 0, rating: 'rated' })
    expect(net(driver)).toEqual({ creditsMicro: 0, requests: 0 })
    expect(spent(driver)).toEqual({ creditsMicro: 0, requests: 0 })
  })

  test('with zeros is a call that cost nothing', async () => {
    const { driver } = meterDriver(schemas)
    await driver.pipePrepared([original(), correction('zeros', tokens(0))])
    expect(net(driver)).toEqual({ creditsMicro: 0, requests: 1 })
  })

  test('of a request without rate takes back that it was unrated', async () => {
    const { driver } = meterDriver(schemas)
    const unrated = { model_name: 'unheard-of' }
    await driver.pipePrepared([original(unrated), correction('void', {}, unrated)])
    expect(deltas(driver).get(`team:payments@${pane()}`)?.unrated_requests).toBe(0)
  })

  test.each([
    ['in one batch', [6]],
    ['each in a batch of its own', [1, 1, 1, 1, 1, 1]],
    ['with crashes', [-1, 1, -3, 2, -1, 1, -2, 1, -1, 1]],
  ])('follows another one, %s: the last one stands', async (_how, sizes) => {
    const { driver } = meterDriver(schemas)
    driver.append([
      original(),
      correction('c1', tokens(10)),
      correction('void', {}),
      correction('again void', {}),
      correction('c2', tokens(30)),
      correction('c1', tokens(10)),
    ])
    await driver.drainPrepared(sizes)
    expect(net(driver)).toEqual({ creditsMicro: 6_000, requests: 1 })
    expect(spent(driver)).toEqual({ creditsMicro: 6_000, requests: 1 })
    expect(driver.note).toMatch(/=6,5,1,0,4$/)
    expect(metered(driver)).toHaveLength(9)
  })

  test('is a duplicate the second time, also after a restart', async () => {
    const { driver, counts } = meterDriver(schemas)
    await driver.pipePrepared([original(), correction('c1', tokens(10))])
    driver.crash()
    await driver.pipePrepared([correction('c1', tokens(10)), original()])
    expect(counts).toMatchObject({ duplicates: 2 })
    expect(net(driver).creditsMicro).toBe(2_000)
  })

  test('finds what was metered before the window, by the timestamp that the call had', async () => {
    const { driver } = meterDriver(schemas)
    await driver.pipePrepared([original()])
    const twoDaysOn = { timestampMs: RECEIVED_MS + 2 * DAY_MS }
    await driver.pipePrepared([{ ...input({ request_id: 'later' }), ...twoDaysOn }])
    driver.crash()
    await driver.pipePrepared([{ ...correction('c1', tokens(10)), ...twoDaysOn }])
    expect(rejections(driver)).toEqual([])
    const fourDaysOn = { timestampMs: RECEIVED_MS + 4 * DAY_MS }
    await driver.pipePrepared([{ ...input({ request_id: 'still later' }), ...fourDaysOn }])
    driver.crash()
    // The first correction is out of the window too: it is what stands all the same.
    await driver.pipePrepared([{ ...correction('c2', tokens(20)), ...fourDaysOn }])
    expect(sum(metered(driver).filter(({ timestamp }) => timestamp === RECEIVED_MS - 400))).toEqual({
      creditsMicro: 77_235 + 77_235 + 4_000,
      requests: 3,
    })
  })

  test('is rated as of the call, with the rates known now', async () => {
    const { driver, view } = meterDriver(schemas)
    await driver.pipePrepared([original({ model_name: 'unheard-of' })])
    const rates = {
      id: 'later',
      version: 1,
      usd_micro_per_credit: 10_000,
      entries: [
        {
          provider: 'openai',
          models: ['unheard-of'],
          tier: 'standard',
          from_context_tokens: 0,
          effective_from_ms: 0,
          rates: { tokens_output: 1_000_000 },
        },
      ],
    }
    foldControlEvent(view, put('rate_card', 'later', rates), view.offset + 1)
    await driver.pipePrepared([correction('c1', tokens(7), { model_name: 'unheard-of' })])
    expect(metered(driver).at(-1)).toMatchObject({ credits_micro: 7, rate_card_id: 'later' })
    expect(metered(driver).at(-2)).toMatchObject({ credits_micro: 0, rating: 'unrated', rate_card_id: '' })
  })

  test('is paid by the team that paid for the call, wherever its key has moved', async () => {
    const { driver, view } = meterDriver(schemas)
    await driver.pipePrepared([original()])
    foldControlEvent(
      view,
      put('api_key', 'key_registry', sampleKey('key_registry', { project: 'helpdesk' })),
      view.offset + 1,
    )
    await driver.pipePrepared([correction('c1', tokens(10))])
    expect(metered(driver).map(({ team }) => team)).toEqual(['payments', 'payments', 'payments'])
    expect(spent(driver)).toEqual({ creditsMicro: 2_000, requests: 1 })
  })
})

describe('what cannot be corrected', () => {
  const elsewhere = { ...input({ request_id: 'c2', corrects: 'req_0' }), key: 'req_0' }
  const others = correction('c1', tokens(1), { api_key_id: 'key_support' })
  test.each([
    ['another key’s request', 'correction_original_not_found', others],
    ['what goes to another partition', 'correction_wrong_partition', elsewhere],
    ['another model', 'invalid_field', correction('c1', tokens(1), { model_name: 'gpt-5' })],
    ['another provider', 'invalid_field', correction('c1', tokens(1), { provider: 'anthropic' })],
    ['more cached than read', 'invalid_field', correction('c1', { tokens_input: 1, tokens_input_cached: 2 })],
  ])('%s: %s', async (_what, reason, record) => {
    const { driver, counts } = meterDriver(schemas)
    await driver.pipePrepared([original(), original({ api_key_id: 'key_support', request_id: 'theirs' })])
    await driver.pipePrepared([record])
    expect(rejections(driver)).toMatchObject([{ reason }])
    expect(counts.metered).toBe(2)
  })

  test('a correction: name what it corrected', async () => {
    const { driver } = meterDriver(schemas)
    await driver.pipePrepared([original(), correction(IN_SAME_PARTITION, tokens(5))])
    await driver.pipePrepared([
      { ...correction('c2', tokens(6), { corrects: IN_SAME_PARTITION }), key: IN_SAME_PARTITION },
    ])
    expect(rejections(driver)).toMatchObject([{ reason: 'correction_original_not_found' }])
    expect(net(driver).creditsMicro).toBe(1_000)
  })

  test('what was sent by a key that is disabled since', async () => {
    const { driver, view } = meterDriver(schemas)
    await driver.pipePrepared([original()])
    const disabled = sampleKey('key_registry', { status: 'disabled' })
    foldControlEvent(view, put('api_key', 'key_registry', disabled), view.offset + 1)
    await driver.pipePrepared([correction('c1', tokens(5))])
    expect(rejections(driver)).toMatchObject([{ reason: 'disabled_key' }])
  })

  test('what comes before its original; replayed, it is metered', async () => {
    const { driver } = meterDriver(schemas)
    await driver.pipePrepared([correction('c1', tokens(10)), original()])
    expect(rejections(driver)).toMatchObject([{ reason: 'correction_original_not_found' }])
    await driver.pipePrepared([correction('c1', tokens(10))])
    expect(net(driver)).toEqual({ creditsMicro: 2_000, requests: 1 })
  })

  test('more requests than are remembered', async () => {
    const { driver } = meterDriver(schemas)
    await driver.pipePrepared([original()])
    const requests = new StandingRequests({
      partition: 5,
      eventPartitions: 8,
      schemas,
      originals: originalsIn(() => driver.read('usage.metered')),
      meteredFromMs: () => 0,
      maxCorrected: 1,
    })
    const at = { partition: 5, offset: 0, headers: {}, timestampMs: RECEIVED_MS }
    const { value } = driver.read('usage.metered')[0]!
    requests.restore({ ...at, key: Buffer.from('another'), value })
    const record = { ...at, ...correction('c1', tokens(1)), key: Buffer.from(ORIGINAL) }
    await requests.prepare([record])
    const scan = new UsageScan()
    expect(readEvent(record, scan, schemas)).toBeUndefined()
    expect(requests.of(scan, record)).toMatchObject({ reason: 'correction_limit_reached' })
    const later = { ...record, timestampMs: RECEIVED_MS + 32 * DAY_MS }
    expect(requests.of(scan, later)).toMatchObject({ request_id: ORIGINAL })
  })
})
