import { decodeSpendRecord, FRAME_BYTES, HEADERS, meteredUsageCodec } from '@meterline/contract'
import type { MeteredUsage, SpendDelta } from '@meterline/domain'
import type { LogRecord, TopologyTestDriver } from '@meterline/topology'

import { RECEIVED_MS } from './meter.test-data.ts'

/** The second of the sample event. */
export const pane = (): number => Math.floor((RECEIVED_MS - 400) / 1000) * 1000

export function metered(driver: TopologyTestDriver): MeteredUsage[] {
  return driver
    .read('usage.metered')
    .map(({ value }) => meteredUsageCodec.decode(value!.subarray(FRAME_BYTES)))
}

export function rejections(driver: TopologyTestDriver) {
  return driver.read('usage.rejected').map(({ headers }) => ({
    reason: headers[HEADERS.reason],
    stage: headers[HEADERS.stage],
  }))
}

/** The sum of all deltas per scope and pane, so that the cut into batches does not show; drivers of the last one. */
export function deltas(driver: TopologyTestDriver): Map<string, SpendDelta> {
  const sums = new Map<string, SpendDelta>()
  for (const { value } of driver.read('spend.delta')) {
    const delta = decodeSpendRecord(value!.subarray(FRAME_BYTES))
    if (delta.kind === 'rejected') continue
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

/** How much was rejected, as burn is told, by scope. */
export function rejectedRequests(driver: TopologyTestDriver): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { value } of driver.read('spend.delta')) {
    const told = decodeSpendRecord(value!.subarray(FRAME_BYTES))
    if (told.kind === 'rejected') sums[told.scope] = (sums[told.scope] ?? 0) + told.requests
  }
  return sums
}

export function sums(driver: TopologyTestDriver) {
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

export function bytesOf(driver: TopologyTestDriver, topic: string): string[] {
  return driver
    .read(topic)
    .map(({ key, value, headers }: LogRecord) =>
      [key?.toString('hex'), value?.toString('hex'), JSON.stringify(headers)].join(' '),
    )
}
