import {
  CONTROL_ENTITY_KINDS,
  type ControlEvent,
  foldControlEvent,
  METERING_KINDS,
  type OrganizationView,
} from '@meterline/domain'
import { expect, test } from 'vitest'

import { metered, rejections } from './meter-outputs.test-data.ts'
import { input, meterDriver, OWN_LABELS, preparedSchemas, put, sampleView } from './meter.test-data.ts'

const schemas = await preparedSchemas()

/** The view, and which kinds of entities were looked at. */
function watched(view: OrganizationView): { readonly view: OrganizationView; readonly read: Set<string> } {
  const read = new Set<string>()
  const entities = new Proxy(view.entities, {
    get(target, kind: keyof OrganizationView['entities']) {
      read.add(kind)
      return target[kind]
    },
  })
  return { view: { ...view, entities }, read }
}

const policy = put('label_policy', 'p', { id: 'p', label: 'p', required: true, allowed_values: [] })
const inputs = [
  input({ request_id: 'registry', usage_labels: { p: 'x' } }),
  input({ request_id: 'missing' }),
  input({ request_id: 'labels', api_key_id: 'key_event', usage_labels: { ...OWN_LABELS, p: 'x' } }),
  input({ request_id: 'nobody', api_key_id: 'nobody' }),
  input({ request_id: 'lost', api_key_id: 'key_lost' }),
  input({ request_id: 'unrated', model_name: 'unheard-of', usage_labels: { p: 'x' } }),
]

// What meter keeps of the organization is kept until one of these kinds changes. A kind that it reads and that is not among them
// would be kept too long.
test('meter looks at the kinds that make it work everything out again, and at no other', () => {
  const sample = sampleView()
  foldControlEvent(sample, policy, sample.offset + 1)
  const { view, read } = watched(sample)
  const { driver } = meterDriver(schemas, { view })
  driver.pipe(inputs)
  expect(metered(driver)).toHaveLength(3)
  expect(rejections(driver)).toHaveLength(3)
  expect([...read].sort()).toEqual([...METERING_KINDS].sort())
})

test('what changes elsewhere in the organization lets meter keep what it has worked out', () => {
  const { view, read } = watched(sampleView())
  const { driver } = meterDriver(schemas, { view })
  driver.pipe([input({ request_id: 'a' })])
  read.clear()
  const others = CONTROL_ENTITY_KINDS.filter((kind) => !METERING_KINDS.has(kind))
  expect(others).toContain('alert_mark')
  for (const kind of others) {
    // Nobody reads it, so any entity does.
    const removed = { ...policy, kind, id: 'none', type: 'removed' } as ControlEvent
    foldControlEvent(view, removed, view.offset + 1)
  }
  read.clear()
  driver.pipe([input({ request_id: 'b' })])
  expect([...read]).toEqual([])
  foldControlEvent(view, policy, view.offset + 1)
  driver.pipe([input({ request_id: 'c' })])
  expect(rejections(driver)).toMatchObject([{ reason: 'label_missing' }])
})
