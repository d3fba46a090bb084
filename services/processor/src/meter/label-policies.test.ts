import { HEADERS } from '@meterline/contract'
import { foldControlEvent, type LabelPolicy, type SpendView } from '@meterline/domain'
import { describe, expect, test } from 'vitest'

import { metered, rejectedRequests, rejections } from './meter-outputs.test-data.ts'
import { input, meterDriver, OWN_LABELS, preparedSchemas, put, sampleView } from './meter.test-data.ts'

const schemas = await preparedSchemas()

const policy = (label: string, changes: Partial<LabelPolicy> = {}) =>
  put('label_policy', label, { id: label, label, required: false, allowed_values: [], ...changes })
const REGION = policy('region', { allowed_values: ['eu', 'us'] })
const FEATURE = policy('feature', { required: true })

function withPolicies(view: SpendView, ...policies: readonly ReturnType<typeof policy>[]) {
  for (const event of policies) foldControlEvent(view, event, view.offset + 1)
  return view
}

describe('usage that a producer publishes itself', () => {
  test.each([
    ['label_not_allowed', REGION, { usage_labels: { region: 'mars' } }],
    ['label_missing', FEATURE, {}],
    ['label_missing', FEATURE, { usage_labels: { feature: '' } }],
    // The key says region: eu.
    ['label_not_allowed', policy('region', { allowed_values: ['us'] }), { api_key_id: 'key_support' }],
    ['label_missing', FEATURE, { api_key_id: 'key_event', usage_labels: OWN_LABELS }],
  ] as const)('%s by a policy: rejected, or accepted as unattributed', (reason, broken, changes) => {
    const strict = meterDriver(schemas, { view: withPolicies(sampleView(), broken) })
    strict.driver.pipe([input(changes)])
    expect(rejections(strict.driver)).toEqual([{ reason, stage: 'attribute' }])
    expect(strict.driver.read('usage.metered')).toEqual([])
    expect(strict.driver.read('usage.rejected')[0]).toMatchObject({
      value: input(changes).value,
      headers: { [HEADERS.error]: expect.stringContaining('by a label policy') as string },
    })
    expect(strict.counts.rejected).toEqual(new Map([[reason, 1]]))
    expect(rejectedRequests(strict.driver)).toEqual({ 'org:acme': 1 })

    const view = withPolicies(sampleView({ unattributed: 'accept' }), broken)
    const lenient = meterDriver(schemas, { view })
    lenient.driver.pipe([input(changes)])
    expect(metered(lenient.driver)).toMatchObject([{ attribution: 'unattributed', credits_micro: 77_235 }])
    expect(rejectedRequests(lenient.driver)).toEqual({})
  })

  test('that obeys them is metered, with the labels of its key for what is required', () => {
    const view = withPolicies(
      sampleView(),
      policy('region', { required: true, allowed_values: ['eu'] }),
      policy('team', { required: true, allowed_values: ['support', 'payments'] }),
    )
    const { driver } = meterDriver(schemas, { view })
    driver.pipe([
      input({ request_id: 'a', api_key_id: 'key_support' }),
      input({ request_id: 'b', usage_labels: { region: 'eu' } }),
    ])
    expect(metered(driver)).toMatchObject([{ team: 'support' }, { team: 'payments' }])
  })

  test('is judged anew when the policies change, also where its like came before', () => {
    const { driver, view } = meterDriver(schemas)
    const mars = (request_id: string) => input({ request_id, usage_labels: { region: 'mars' } })
    driver.pipe([mars('before')])
    withPolicies(view, REGION)
    driver.pipe([mars('forbidden')])
    const { schema, command_id, at_ms, actor, id } = REGION
    foldControlEvent(
      view,
      { schema, command_id, at_ms, actor, kind: 'label_policy', id, type: 'removed' },
      view.offset + 1,
    )
    driver.pipe([mars('after'), mars('forbidden')])
    expect(metered(driver).map(({ request_id }) => request_id)).toEqual(['before', 'after', 'forbidden'])
    expect(rejections(driver)).toMatchObject([{ reason: 'label_not_allowed' }])
  })

  test('gives the same after a crash and in any batches', () => {
    const inputs = ['eu', 'mars', 'us', 'mars'].map((region, at) =>
      input({ request_id: `r${at}`, usage_labels: { region } }),
    )
    const runs = [[4], [1, -2, 1], [-3, 2]].map((sizes) => {
      const { driver } = meterDriver(schemas, { view: withPolicies(sampleView(), REGION) })
      driver.append(inputs)
      driver.drain(sizes)
      return [metered(driver), rejections(driver), rejectedRequests(driver)]
    })
    expect(runs[0]?.[0]).toHaveLength(2)
    expect(runs[1]).toEqual(runs[0])
    expect(runs[2]).toEqual(runs[0])
  })
})

describe('usage that is not judged again', () => {
  test('what the gateway took counts, whatever policy came after', () => {
    const { driver } = meterDriver(schemas, { view: withPolicies(sampleView(), FEATURE) })
    const taken = { [HEADERS.controlOffset]: '3' }
    driver.pipe([
      {
        ...input({ request_id: 'a', usage_labels: OWN_LABELS }),
        headers: { ...taken, [HEADERS.attributedBy]: 'gateway' },
      },
      { ...input({ request_id: 'b', api_key_id: 'key_event', usage_labels: OWN_LABELS }), headers: taken },
    ])
    expect(metered(driver)).toMatchObject([{ attribution: 'gateway' }, { attribution: 'event_labels' }])
  })

  test('a correction keeps the labels of its call', async () => {
    const { driver, view } = meterDriver(schemas)
    await driver.pipePrepared([input()])
    withPolicies(view, FEATURE)
    const correction = input({ request_id: 'req_2', corrects: 'req_1', units: { tokens_input: 10 } })
    await driver.pipePrepared([{ ...correction, key: 'req_1' }])
    expect(rejections(driver)).toEqual([])
    expect(metered(driver).map(({ correction }) => correction)).toEqual(['none', 'reversal', 'replacement'])
  })
})
