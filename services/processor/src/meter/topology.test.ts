import {
  avroType,
  decodeSpendRecord,
  encodeSpendRecord,
  frame,
  FRAME_BYTES,
  meteredUsageCodec,
  usageEventCodec,
} from '@meterline/contract'
import { rateBookOf, rateUsage } from '@meterline/domain'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { bytesOf, deltas, metered, pane, sums } from './meter-outputs.test-data.ts'
import {
  framedEvent,
  input,
  meterDriver,
  meterOptions,
  METERED_SCHEMA_ID,
  OLD_SCHEMA,
  OLD_SCHEMA_ID,
  RECEIVED_MS,
  sampleView,
  usageEvent,
  preparedSchemas,
} from './meter.test-data.ts'
import { meterTopology } from './topology.ts'
import { events } from './usage-events.test-data.ts'

const schemas = await preparedSchemas()

test('the topology reads as it runs', () => {
  expect(meterTopology(meterOptions(schemas)).describe()).toMatchInlineSnapshot(`
    "meter
      from usage.events
      →    drop-duplicates   restored from usage.metered, last 25 h   restored from meter.changelog
      →    attribute
      →    rate
      to   usage.metered
      and  usage.rejected (rejected)
      and  spend.delta (deltas)
      and  meter.changelog (changelog)
    "
  `)
})

describe('a metered record', () => {
  test('is the event, who pays, and what it cost', () => {
    const { driver } = meterDriver(schemas)
    driver.append([input({ request_id: 'before' })])
    driver.pipe([input()])
    const record = driver.read('usage.metered').at(-1)!
    expect(record).toMatchObject({ partition: 5, timestampMs: RECEIVED_MS, key: Buffer.from('req_1') })
    expect(record.value?.readUInt32BE(1)).toBe(METERED_SCHEMA_ID)
    expect(metered(driver).at(-1)).toEqual({
      ...usageEvent(),
      ingested_at: RECEIVED_MS,
      source_offset: 1,
      attribution: 'key_registry',
      organization: 'acme',
      billing_group: 'product',
      department: 'engineering',
      team: 'payments',
      project: 'auth-service',
      environment: 'prod',
      cost_center: 'CC-1200',
      allocation_id: 'acme-payments',
      tier: 'standard',
      metered_units: { tokens_input: 499, tokens_input_cached: 1024, tokens_output: 311 },
      rates: { tokens_input: 25_000_000, tokens_input_cached: 2_500_000, tokens_output: 200_000_000 },
      rate_card_id: expect.stringMatching(/^genai-prices-/),
      rate_card_version: expect.any(Number),
      rating: 'rated',
      unrated_meters: [],
      credits_micro: 77_235,
      cost_usd_micro: 772,
      requests: 1,
      correction: 'none',
    })
  })

  test('is keyed by its request_id whatever key it came with', () => {
    const { driver } = meterDriver(schemas)
    driver.pipe([
      { ...input(), key: null },
      { ...input({ request_id: 'req_2' }), key: 'req_9' },
    ])
    expect(driver.read('usage.metered').map(({ key }) => key?.toString())).toEqual(['req_1', 'req_2'])
  })

  test('is rewritten when the event came in an older schema', () => {
    const { driver } = meterDriver(schemas)
    const { corrects: _, ...old } = usageEvent()
    driver.pipe([{ ...input(), value: frame(OLD_SCHEMA_ID, avroType(OLD_SCHEMA).toBuffer(old)) }])
    expect(metered(driver)).toMatchObject([{ ...old, corrects: null, credits_micro: 77_235 }])
  })

  test('is marked unrated for an unknown model, and counted', () => {
    const { driver, counts } = meterDriver(schemas)
    driver.pipe([input({ model_name: 'unheard-of' })])
    expect(metered(driver)).toMatchObject([{ rating: 'unrated', credits_micro: 0, rate_card_id: '' }])
    expect(deltas(driver).get(`team:payments@${pane()}`)?.unrated_requests).toBe(1)
    expect(counts).toMatchObject({ metered: 1, unrated: 1 })
  })

  test('has the rating that the domain gives the event', () => {
    const book = rateBookOf(sampleView())
    fc.assert(
      fc.property(events, (list) => {
        const { driver } = meterDriver(schemas)
        driver.pipe(list.map((event) => ({ value: framedEvent(event), timestampMs: RECEIVED_MS })))
        for (const record of metered(driver)) {
          const result = rateUsage(book, record)
          expect(record).toMatchObject(
            result.kind === 'rating' ? result.rating : { rating: result.rejection },
          )
        }
      }),
    )
  })

  test('is encoded as avsc would, for any event that is accepted', () => {
    fc.assert(
      fc.property(events, (list) => {
        const { driver } = meterDriver(schemas)
        driver.pipe(list.map((event) => ({ value: framedEvent(event), timestampMs: RECEIVED_MS })))
        for (const { value } of driver.read('usage.metered')) {
          const datum = value!.subarray(FRAME_BYTES)
          expect(datum.equals(meteredUsageCodec.encode(meteredUsageCodec.decode(datum)))).toBe(true)
        }
        for (const { value } of driver.read('spend.delta')) {
          const datum = value!.subarray(FRAME_BYTES)
          // An object has meters with names like `7` first, which is not the order in which they came.
          expect(encodeSpendRecord(decodeSpendRecord(datum))).toHaveLength(datum.length)
        }
      }),
    )
  })
})

test('any cut into batches and a crash at any point give the same records and the same sums', () => {
  const cuts = fc.array(fc.integer({ min: -6, max: 9 }), { maxLength: 12 })
  fc.assert(
    fc.property(events, cuts, (list, sizes) => {
      const records = list.map((event) => ({ value: framedEvent(event), timestampMs: RECEIVED_MS }))
      const whole = meterDriver(schemas).driver
      whole.pipe(records)
      const cut = meterDriver(schemas).driver
      cut.append(records)
      cut.drain(sizes)
      expect(cut.lag).toBe(0)
      expect(bytesOf(cut, 'usage.metered')).toEqual(bytesOf(whole, 'usage.metered'))
      expect(bytesOf(cut, 'usage.rejected')).toEqual(bytesOf(whole, 'usage.rejected'))
      expect(sums(cut)).toEqual(sums(whole))
      // Accepted is metered and rejected and duplicate, and a request is metered once.
      const requests = metered(cut).map(({ api_key_id, request_id }) => `${api_key_id} ${request_id}`)
      expect(new Set(requests).size).toBe(requests.length)
    }),
    { numRuns: 150 },
  )
})

test('usage events of the tests are what the codec writes', () => {
  expect(usageEventCodec.decode(input().value.subarray(FRAME_BYTES))).toEqual(usageEvent())
})
