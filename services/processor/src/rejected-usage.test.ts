import { foldControlEvent } from '@meterline/domain'
import { TopologyTestDriver } from '@meterline/topology'
import { expect, test } from 'vitest'

import { alertsIn, policy, SCHEMA_IDS, tick } from './burn/burn-log.test-data.ts'
import { burnTopology } from './burn/topology.ts'
import { input, meterDriver, preparedSchemas, put, RECEIVED_MS } from './meter/meter.test-data.ts'

const schemas = await preparedSchemas()

test('a label policy that is narrowed over what producers publish to Kafka raises an alert, until they are mended', () => {
  const meter = meterDriver(schemas)
  const burn = new TopologyTestDriver(burnTopology(SCHEMA_IDS))
  burn.pipe([policy(1), tick(RECEIVED_MS)])
  let [told, sent] = [0, 0]
  /** What a producer goes on sending, as it always did. */
  const publish = (usage_labels: Record<string, string>): void => {
    meter.driver.pipe([input({ request_id: `r${sent++}`, usage_labels })])
    const deltas = meter.driver.read('spend.delta')
    burn.pipe(deltas.slice(told).map(({ key, value, timestampMs }) => ({ key, value, timestampMs })))
    told = deltas.length
  }
  const alerts = () =>
    alertsIn(burn.read('spend.alert'))
      .filter(({ rule }) => rule === 'rejected_usage')
      .map(({ scope, state, observed }) => [scope, state, observed])

  publish({ region: 'mars' })
  expect(alerts()).toEqual([])

  const narrowed = { id: 'region', label: 'region', required: true, allowed_values: ['eu'] }
  foldControlEvent(meter.view, put('label_policy', 'region', narrowed), meter.view.offset + 1)
  for (let calls = 0; calls < 50; calls++) publish({ region: 'mars' })
  expect(alerts()).toEqual([['org:acme', 'firing', 1]])

  for (let calls = 0; calls < 50; calls++) publish({ region: 'eu' })
  burn.pipe([tick(RECEIVED_MS + 3_600_000 + 60_000)])
  expect(alerts().at(-1)).toEqual(['org:acme', 'resolved', 50])
})
