import {
  avroType,
  decodeSpendRecord,
  frame,
  FRAME_BYTES,
  HEADERS,
  MAX_RECORD_BYTES,
  meteredUsageCodec,
  partitionForKey,
  usageEventCodec,
} from '@meterline/contract'
import {
  foldControlEvent,
  rateBookOf,
  rateUsage,
  type MeteredUsage,
  type SpendDelta,
  type UsageEvent,
} from '@meterline/domain'
import type { LogRecord, TestInput, TopologyTestDriver } from '@meterline/topology'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import {
  DELTA_SCHEMA_ID,
  EVENT_SCHEMA_ID,
  framedEvent,
  input,
  meterDriver,
  meterOptions,
  METERED_SCHEMA_ID,
  OLD_SCHEMA,
  OLD_SCHEMA_ID,
  OTHER_SCHEMA_ID,
  OWN_LABELS,
  preparedSchemas,
  put,
  RECEIVED_MS,
  sampleKey,
  sampleView,
  UNKNOWN_SCHEMA_ID,
  usageEvent,
} from './meter.test-data.ts'
import { meterTopology } from './topology.ts'

const schemas = await preparedSchemas()

test('the topology reads as it runs', () => {
  expect(meterTopology(meterOptions(schemas)).describe()).toMatchInlineSnapshot(`
    "meter
      from usage.events
      →    drop-duplicates   restored from usage.metered, last 25 h
      →    attribute
      →    rate
      to   usage.metered
      and  usage.rejected (rejected)
      and  spend.delta (deltas)
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
      }),
    )
  })
})

describe('attribution', () => {
  test.each([
    ['by the registry', { api_key_id: 'key_registry' }, {}, 'key_registry'],
    ['by labels on the event', { api_key_id: 'key_event', usage_labels: OWN_LABELS }, {}, 'event_labels'],
    [
      'by the gateway',
      { api_key_id: 'anything', usage_labels: OWN_LABELS },
      { [HEADERS.attributedBy]: 'gateway' },
      'gateway',
    ],
    [
      'by the gateway, header as bytes',
      { usage_labels: OWN_LABELS },
      { [HEADERS.attributedBy]: Buffer.from('gateway') },
      'gateway',
    ],
  ] as const)('%s', (_by, changes, headers, attribution) => {
    const { driver } = meterDriver(schemas)
    driver.pipe([{ ...input(changes), headers }])
    expect(metered(driver)).toMatchObject([
      { attribution, team: 'payments', project: 'auth-service', cost_center: 'CC-1200' },
    ])
  })

  test.each([
    ['unknown_key', { api_key_id: 'stranger' }],
    ['disabled_key', { api_key_id: 'key_disabled' }],
    ['disabled_key', { api_key_id: 'key_expiring' }],
    ['unknown_team', { api_key_id: 'key_lost' }],
    ['unknown_team', { api_key_id: 'key_event', usage_labels: { ...OWN_LABELS, team: 'ghosts' } }],
    ['missing_label', { api_key_id: 'key_event', usage_labels: { team: 'payments' } }],
    ['contradicting_label', { usage_labels: { team: 'support' } }],
    ['contradicting_label', { api_key_id: 'key_support', usage_labels: { region: 'us' } }],
    [
      'contradicting_label',
      { api_key_id: 'key_event', usage_labels: { ...OWN_LABELS, cost_center: 'CC-9' } },
    ],
    [
      'contradicting_label',
      { api_key_id: 'key_event', usage_labels: { ...OWN_LABELS, project: 'helpdesk' } },
    ],
  ] as const)('%s: rejected, or accepted as unattributed', (reason, changes) => {
    const strict = meterDriver(schemas)
    strict.driver.pipe([input(changes)])
    expect(rejections(strict.driver)).toEqual([expect.objectContaining({ reason, stage: 'attribute' })])
    expect(strict.driver.read('usage.metered')).toEqual([])

    const lenient = meterDriver(schemas, { view: sampleView({ unattributed: 'accept' }) })
    lenient.driver.pipe([input(changes)])
    expect(metered(lenient.driver)).toMatchObject([
      { attribution: 'unattributed', organization: 'acme', team: '' },
    ])
  })

  test('a further label is no contradiction, and a call before the expiry counts', () => {
    const { driver } = meterDriver(schemas)
    driver.pipe([
      input({ request_id: 'a', usage_labels: { feature: 'x', team: 'payments' } }),
      input({ request_id: 'b', api_key_id: 'key_expiring', timestamp: RECEIVED_MS - 2_000 }),
    ])
    expect(metered(driver)).toHaveLength(2)
  })

  test('follows the organization as it changes', () => {
    const { driver, view } = meterDriver(schemas)
    driver.pipe([input({ api_key_id: 'key_new' })])
    foldControlEvent(view, put('api_key', 'key_new', sampleKey('key_new')), view.offset + 1)
    driver.pipe([input({ api_key_id: 'key_new' })])
    expect(rejections(driver)).toHaveLength(1)
    expect(metered(driver)).toHaveLength(1)
  })
})

describe('a rejected record', () => {
  const nan = (): Buffer => {
    const value = framedEvent(usageEvent({ units: { tokens_input: 4_242 } }))
    const at = value.indexOf('tokens_input') + 'tokens_input'.length
    value.writeDoubleLE(NaN, at)
    return value
  }
  const twice = (): Buffer => {
    const value = framedEvent(usageEvent({ units: { meter_a: 1, meter_b: 2 } }))
    value.write('meter_a', value.indexOf('meter_b'))
    return value
  }
  const cases: [string, string, TestInput][] = [
    ['tombstone', 'a tombstone', { ...input(), value: null }],
    ['undecodable', 'an empty value', { ...input(), value: Buffer.alloc(0) }],
    ['undecodable', 'JSON', { ...input(), value: Buffer.from('{"request_id":"r"}') }],
    ['undecodable', 'a torn datum', { ...input(), value: input().value.subarray(0, -3) }],
    [
      'undecodable',
      'bytes after the datum',
      { ...input(), value: Buffer.concat([input().value, Buffer.of(0)]) },
    ],
    ['undecodable', 'noise', { ...input(), value: frame(EVENT_SCHEMA_ID, Buffer.alloc(300, 0xff)) }],
    ['undecodable', 'another schema', { ...input(), value: frame(OTHER_SCHEMA_ID, Buffer.from([2, 65])) }],
    [
      'unknown_schema_id',
      'an unknown schema id',
      { ...input(), value: frame(UNKNOWN_SCHEMA_ID, Buffer.from('x')) },
    ],
    ['invalid_field', 'NaN', { ...input(), value: nan() }],
    ['invalid_field', 'negative units', input({ units: { tokens_output: -1 } })],
    ['invalid_field', 'infinite units', input({ units: { tokens_output: Infinity } })],
    ['invalid_field', 'a meter twice', { ...input(), value: twice() }],
    ['invalid_field', 'a long id', input({ request_id: 'r'.repeat(129) })],
    ['invalid_field', 'more cached than read', input({ units: { tokens_input: 1, tokens_input_cached: 2 } })],
    ['invalid_field', 'a million credits', input({ units: { tokens_output: 1e12 } })],
    ['timestamp_in_future', 'the year 3000', input({ timestamp: Date.parse('3000-01-01') })],
    ['timestamp_in_future', 'the end of numbers', input({ timestamp: Number.MAX_SAFE_INTEGER - 1 })],
    ['timestamp_too_old', 'the year 1970', input({ timestamp: 0 })],
    ['correction_unsupported', 'a correction', input({ corrects: 'req_0' })],
  ]
  test.each(cases)('%s: %s goes with its bytes and where it came from', (reason, _what, record) => {
    const { driver, counts } = meterDriver(schemas)
    driver.append([input({ request_id: 'before' })])
    driver.pipe([{ ...record, headers: { [HEADERS.controlOffset]: '3', other: 'x' } }])
    const [rejected, ...more] = driver.read('usage.rejected')
    expect(more).toEqual([])
    expect(rejected?.value).toEqual(record.value)
    expect(rejected?.key?.toString()).toBe(record.key)
    expect(rejected?.timestampMs).toBe(RECEIVED_MS)
    expect(rejected?.headers).toMatchObject({
      [HEADERS.reason]: reason,
      [HEADERS.error]: expect.stringMatching(/.{20}/),
      [HEADERS.sourceTopic]: 'usage.events',
      [HEADERS.sourcePartition]: '5',
      [HEADERS.sourceOffset]: '1',
      [HEADERS.controlOffset]: '3',
    })
    expect(rejected?.headers).not.toHaveProperty('other')
    expect(counts.metered).toBe(1)
    expect([...counts.rejected.values()]).toEqual([1])
  })

  test('of 10 MB is named without its bytes, and the partition goes on', () => {
    const { driver } = meterDriver(schemas)
    const value = Buffer.concat([input().value, Buffer.alloc(10 * 1024 * 1024)])
    driver.pipe([{ ...input(), value }, input({ request_id: 'after' })])
    expect(rejections(driver)).toMatchObject([{ reason: 'unstorable' }])
    expect(driver.read('usage.rejected')[0]).toMatchObject({ key: null, value: null })
    expect(metered(driver)).toHaveLength(1)
  })

  test('of the largest size is kept whole', () => {
    const { driver } = meterDriver(schemas)
    const value = Buffer.concat([input().value, Buffer.alloc(MAX_RECORD_BYTES - input().value.length - 5)])
    driver.pipe([{ ...input(), value }])
    expect(driver.read('usage.rejected')[0]?.value?.length).toBe(value.length)
  })

  test('may come again when the cause is mended', () => {
    const { driver, view } = meterDriver(schemas)
    driver.pipe([input({ api_key_id: 'key_later' }), input({ api_key_id: 'key_later' })])
    foldControlEvent(view, put('api_key', 'key_later', sampleKey('key_later')), view.offset + 1)
    driver.pipe([input({ api_key_id: 'key_later' }), input({ api_key_id: 'key_later' })])
    expect(driver.read('usage.rejected')).toHaveLength(2)
    expect(metered(driver)).toHaveLength(1)
  })
})

describe('duplicates', () => {
  test('are dropped within a batch, across batches and after a crash; another key is another request', () => {
    const { driver, counts } = meterDriver(schemas)
    driver.pipe([input(), input()])
    driver.pipe([input(), input({ api_key_id: 'key_support' })])
    driver.crash()
    driver.pipe([input(), input({ api_key_id: 'key_support' })])
    expect(metered(driver)).toHaveLength(2)
    expect(counts).toMatchObject({ metered: 2, duplicates: 4 })
  })

  test('are counted again when the window has passed', () => {
    const { driver } = meterDriver(schemas)
    driver.pipe([input()])
    driver.pipe([{ ...input({ request_id: 'later' }), timestampMs: RECEIVED_MS + 26 * 3_600_000 }])
    driver.pipe([{ ...input(), timestampMs: RECEIVED_MS + 26 * 3_600_000 }])
    expect(metered(driver)).toHaveLength(3)
  })
})

describe('spend deltas', () => {
  test('reach every scope of the event, in the partition of the scope', () => {
    const { driver } = meterDriver(schemas)
    driver.pipe([input()])
    const scopes = [...deltas(driver).values()].map(({ scope }) => scope)
    expect(scopes.sort()).toEqual([
      'allocation:acme-payments',
      'api_key:key_registry',
      'billing_group:product',
      'customer:enterprise-alpha',
      'department:engineering',
      'endpoint:checkout.summary',
      'model:gpt-5-mini',
      'org:acme',
      'product:api',
      'project:auth-service',
      'prompt_version:summarizer_v4',
      'team:payments',
      'user:u_4411',
    ])
    for (const { partition, key, value } of driver.read('spend.delta')) {
      expect(partition).toBe(partitionForKey(key!, 4))
      expect(value!.readUInt32BE(1)).toBe(DELTA_SCHEMA_ID)
      expect(decodeSpendRecord(value!.subarray(FRAME_BYTES))).toMatchObject({ scope: key!.toString() })
    }
  })

  test('add up a batch per scope and second, with its largest drivers', () => {
    const { driver } = meterDriver(schemas)
    const ten = Array.from({ length: 10 }, (_, i) =>
      input({ request_id: `r${i}`, user_id: `u${i}`, units: { tokens_output: 5 * (i + 1) } }),
    )
    driver.pipe([...ten, input({ request_id: 'next', timestamp: RECEIVED_MS, units: { tokens_output: 5 } })])
    const team = deltas(driver).get(`team:payments@${pane()}`)!
    expect(team).toMatchObject({ credits_micro: 55_000, requests: 10, units: { tokens_output: 275 } })
    expect(team.drivers.filter(({ dimension }) => dimension === 'user').map(({ value }) => value)).toEqual([
      'u9',
      'u8',
      'u7',
      'u6',
      'u5',
      'u4',
      'u3',
      'u2',
    ])
    expect(team.drivers).toContainEqual({ dimension: 'model', value: 'gpt-5-mini', credits_micro: 55_000 })
    expect(deltas(driver).get(`user:u9@${pane()}`)).toMatchObject({ credits_micro: 10_000, drivers: [] })
    expect(deltas(driver).get(`team:payments@${pane() + 1000}`)).toMatchObject({ requests: 1 })
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

const events = fc.array(
  fc
    .record({
      request_id: fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'ü'.repeat(100)),
      api_key_id: fc.constantFrom('key_registry', 'key_support', 'key_event', 'stranger'),
      model_name: fc.constantFrom('gpt-5-mini', 'claude-sonnet-5', 'gpt-5.4', 'unheard-of'),
      provider: fc.constantFrom('openai', 'anthropic'),
      timestamp: fc.integer({ min: RECEIVED_MS - 3_000, max: RECEIVED_MS }),
      units: fc.constantFrom<Record<string, number>>(
        { tokens_input: 1523, tokens_input_cached: 1024, tokens_output: 311 },
        { tokens_input: 7 },
        { tokens_input: 272_001, tokens_output: 1 },
        { tokens_input: 90, tokens_input_cache_write: 40 },
        { tokens_input: 1, tokens_input_cached: 2 },
        { tokens_output: 0.5, '7': 1, sessions: 0 },
        { audio_seconds: 1.25 },
        {},
      ),
      usage_labels: fc.constantFrom<Record<string, string>>(
        {},
        OWN_LABELS,
        { service_tier: 'batch' },
        { naïve: 'ja' },
      ),
      user_id: fc.constantFrom(null, '', 'u1', 'u2'),
      endpoint: fc.constantFrom(null, 'a', 'b'),
      credits_consumed: fc.constantFrom(null, 0, 1_870_000, Number.MAX_SAFE_INTEGER),
      response_latency_ms: fc.constantFrom(null, 0, 812, Number.MAX_SAFE_INTEGER - 1),
      corrects: fc.constantFrom(null, null, null, 'r0'),
    })
    .map((changes): UsageEvent => usageEvent(changes)),
  { maxLength: 40 },
)

const pane = (): number => Math.floor((RECEIVED_MS - 400) / 1000) * 1000

function metered(driver: TopologyTestDriver): MeteredUsage[] {
  return driver
    .read('usage.metered')
    .map(({ value }) => meteredUsageCodec.decode(value!.subarray(FRAME_BYTES)))
}

function rejections(driver: TopologyTestDriver) {
  return driver.read('usage.rejected').map(({ headers }) => ({
    reason: headers[HEADERS.reason],
    stage: headers[HEADERS.stage],
  }))
}

/** The sum of all deltas per scope and pane, so that the cut into batches does not show; drivers of the last one. */
function deltas(driver: TopologyTestDriver): Map<string, SpendDelta> {
  const sums = new Map<string, SpendDelta>()
  for (const { value } of driver.read('spend.delta')) {
    const delta = decodeSpendRecord(value!.subarray(FRAME_BYTES))
    if (delta.kind !== 'delta') throw new TypeError('meter writes deltas')
    const id = `${delta.scope}@${delta.pane_start}`
    const before = sums.get(id)
    sums.set(id, before === undefined ? delta : added(before, delta))
  }
  return sums
}

function added(a: SpendDelta, b: SpendDelta): SpendDelta {
  const units: Record<string, number> = { ...a.units }
  for (const [meter, amount] of Object.entries(b.units)) units[meter] = (units[meter] ?? 0) + amount
  return {
    ...a,
    credits_micro: a.credits_micro + b.credits_micro,
    requests: a.requests + b.requests,
    unrated_requests: a.unrated_requests + b.unrated_requests,
    units,
    drivers: [...a.drivers, ...b.drivers],
  }
}

function sums(driver: TopologyTestDriver) {
  return Object.fromEntries(
    [...deltas(driver)].map(([id, { drivers, ...rest }]) => {
      const perDriver: Record<string, number> = {}
      for (const { dimension, value, credits_micro } of drivers) {
        perDriver[`${dimension}:${value}`] = (perDriver[`${dimension}:${value}`] ?? 0) + credits_micro
      }
      return [id, { ...rest, perDriver }]
    }),
  )
}

function bytesOf(driver: TopologyTestDriver, topic: string): string[] {
  return driver
    .read(topic)
    .map(({ key, value, headers }: LogRecord) =>
      [key?.toString('hex'), value?.toString('hex'), JSON.stringify(headers)].join(' '),
    )
}

test('usage events of the tests are what the codec writes', () => {
  expect(usageEventCodec.decode(input().value.subarray(FRAME_BYTES))).toEqual(usageEvent())
})
