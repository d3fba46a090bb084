import { HEADERS } from '@meterline/contract'
import { foldControlEvent } from '@meterline/domain'
import { describe, expect, test } from 'vitest'

import { metered, rejections } from './meter-outputs.test-data.ts'
import {
  input,
  meterDriver,
  OWN_LABELS,
  put,
  RECEIVED_MS,
  sampleKey,
  sampleView,
  preparedSchemas,
} from './meter.test-data.ts'

const schemas = await preparedSchemas()

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
