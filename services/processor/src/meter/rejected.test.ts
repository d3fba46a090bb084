import { FRAME_BYTES, frame, HEADERS, MAX_RECORD_BYTES } from '@meterline/contract'
import { foldControlEvent } from '@meterline/domain'
import type { TestInput } from '@meterline/topology'
import { describe, expect, test } from 'vitest'

import { metered, rejections } from './meter-outputs.test-data.ts'
import {
  EVENT_SCHEMA_ID,
  framedEvent,
  input,
  meterDriver,
  OLD_SCHEMA_ID,
  OTHER_SCHEMA_ID,
  put,
  RECEIVED_MS,
  sampleKey,
  UNKNOWN_SCHEMA_ID,
  usageEvent,
  preparedSchemas,
} from './meter.test-data.ts'

const schemas = await preparedSchemas()

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
  // As far as the units of an event; then a count that kept avsc busy for more than a minute.
  const hugeMapCount = (schemaId: number): Buffer => {
    const { value } = input()
    const at = value.indexOf('tokens_input') - 2
    const count = Buffer.from([0x80, 0x80, 0x80, 0x80, 0x08])
    return frame(schemaId, Buffer.concat([value.subarray(FRAME_BYTES, at), count, value.subarray(at + 1)]))
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
    ['undecodable', 'a map count of 2^30', { ...input(), value: hugeMapCount(EVENT_SCHEMA_ID) }],
    [
      'undecodable',
      'a map count of 2^30, by an older writer',
      { ...input(), value: hugeMapCount(OLD_SCHEMA_ID) },
    ],
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
    ['correction_wrong_partition', 'a correction elsewhere', input({ corrects: 'req_0' })],
    [
      'correction_original_not_found',
      'a correction of what was not sent',
      input({ request_id: 'req_9', corrects: 'req_1' }),
    ],
    ['invalid_field', 'a correction of itself', input({ corrects: 'req_1' })],
    ['invalid_field', 'a correction of no name', input({ corrects: '' })],
    ['invalid_field', 'a correction of a long name', input({ corrects: 'r'.repeat(129) })],
    ['invalid_field', 'a correction that ends with NUL', input({ corrects: 'r\0' })],
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
