import { decodeSpendRecord, FRAME_BYTES } from '@meterline/contract'
import { foldControlEvent } from '@meterline/domain'
import { expect, test, vi } from 'vitest'

import { DriverSums } from './spend/driver-sums.ts'
import { metered } from './meter-outputs.test-data.ts'
import { input, meterDriver, preparedSchemas, put, sampleKey, sampleView } from './meter.test-data.ts'

const schemas = await preparedSchemas()
const KEYS = 300
const MODELS = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano']

/** Projects of one team, each with a key of its own. */
function viewWithProjects() {
  const view = sampleView()
  for (let at = 0; at < KEYS; at++) {
    const id = `p${at}`
    foldControlEvent(view, put('project', id, { id, name: id, team: 'payments' }), view.offset + 1)
    foldControlEvent(view, put('api_key', id, sampleKey(id, { project: id })), view.offset + 1)
  }
  return view
}

const inputs = (round: number) =>
  MODELS.flatMap((model_name) =>
    Array.from({ length: KEYS }, (_, at) =>
      input({ request_id: `r${round}-${model_name}-${at}`, api_key_id: `p${at}`, model_name }),
    ),
  )

// It was worked out for each key and model, and forgotten by the batch once there were more than fit.
test('who pays is worked out once for a key, whatever models it calls and however often', () => {
  const view = viewWithProjects()
  const { api_key } = view.entities
  let looks = 0
  const get = api_key.get.bind(api_key)
  api_key.get = (id) => {
    looks += 1
    return get(id)
  }
  const { driver } = meterDriver(schemas, { view })
  driver.pipe(inputs(0))
  driver.pipe(inputs(1))
  expect(metered(driver)).toHaveLength(2 * KEYS * MODELS.length)
  expect(looks).toBe(KEYS)
})

// Each project was added to each level above it: six additions with all their drivers.
test('the spend of a project is added to its team, and that of the team to nothing more than once', () => {
  const { driver } = meterDriver(schemas, { view: viewWithProjects() })
  const merges = vi.spyOn(DriverSums.prototype, 'merge')
  driver.pipe(inputs(0))
  const deltas = driver
    .read('spend.delta')
    .map(({ value }) => decodeSpendRecord(value!.subarray(FRAME_BYTES)))
    .filter((record) => record.kind === 'delta')
  const of = (scope: string) => deltas.find((delta) => delta.scope === scope)
  expect(of('org:acme')?.requests).toBe(KEYS * MODELS.length)
  // All that is below the organization is one team: every level shows the same.
  for (const scope of ['billing_group:product', 'department:engineering', 'team:payments']) {
    expect(of(scope)).toEqual({ ...of('org:acme'), scope })
  }
  expect(merges).toHaveBeenCalledTimes(KEYS)
  merges.mockRestore()
})
