import { decodeSpendRecord, FRAME_BYTES, partitionForKey } from '@meterline/contract'
import { describe, expect, test } from 'vitest'

import { deltas, metered, pane } from './meter-outputs.test-data.ts'
import { DELTA_SCHEMA_ID, input, meterDriver, RECEIVED_MS, preparedSchemas } from './meter.test-data.ts'

const schemas = await preparedSchemas()

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
