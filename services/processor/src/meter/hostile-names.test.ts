import { expect, test } from 'vitest'

import { metered } from './meter-outputs.test-data.ts'
import { input, meterDriver, preparedSchemas } from './meter.test-data.ts'

const schemas = await preparedSchemas()

// It threw, and a meter that throws begins again at the same record: one event of one sender stopped a partition for good.
test.each(['constructor', 'toString', '__defineGetter__', 'valueOf'])(
  'an event with a meter called %s is metered as unrated and stops nothing',
  (meter) => {
    const { driver } = meterDriver(schemas)
    driver.pipe([
      input({ request_id: 'hostile', units: { tokens_input: 1, [meter]: 3 } }),
      input({ request_id: 'next' }),
    ])
    const [hostile, next] = metered(driver)
    expect(hostile).toMatchObject({ rating: 'unrated', unrated_meters: [meter], credits_micro: 25 })
    expect(next).toMatchObject({ request_id: 'next', rating: 'rated' })
  },
)

test('labels and ids with the names of object methods stay what they are', () => {
  const { driver } = meterDriver(schemas)
  const usage_labels = { constructor: 'x', toString: 'y', hasOwnProperty: 'z' }
  driver.pipe([
    input({ usage_labels, endpoint: 'constructor', user_id: '__proto__', customer_id: 'toString' }),
  ])
  expect(metered(driver)[0]).toMatchObject({ usage_labels, endpoint: 'constructor', user_id: '__proto__' })
  expect(Object.keys(Object.prototype)).toEqual([])
})
