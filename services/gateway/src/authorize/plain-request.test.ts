import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { ApiError } from '../http/api-error.ts'
import { checkedRequest } from './authorization-request.ts'
import { readPlainRequest } from './plain-request.ts'

const usual = { request_id: 'r', model: 'm', credits: 1 }

const text = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.constantFrom('', 'x'.repeat(128), 'x'.repeat(129), 'x'.repeat(257)),
)
const number = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1, 0.999, -1, 1e6, 1_000_000.1, 1e15, 1.1e15, Infinity, Number.MAX_VALUE),
)
const meter = fc.oneof(text, fc.constantFrom('tokens_input', '__proto__', 'constructor'))
const manyUnits = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, at]))
const units = fc.oneof(
  fc.dictionary(meter, number, { maxKeys: 3 }),
  fc.constantFrom(manyUnits(64), manyUnits(65)),
)
const anything = fc.oneof(text, number, units, fc.constantFrom(null, true, [], [1], {}))
const mostly = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof({ arbitrary: of, weight: 6 }, { arbitrary: anything, weight: 1 })

/** What may stand in a field: mostly of its type, around the edge of what is taken. */
const fields: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  request_id: mostly(text),
  model: mostly(text),
  provider: mostly(text),
  service_tier: mostly(text),
  api_key: mostly(text),
  user_id: mostly(text),
  credits: mostly(number),
  estimated_units: mostly(units),
  ttl_seconds: mostly(number),
  usage_labels: fc.dictionary(text, text, { maxKeys: 2 }),
  unknown: anything,
}

/** The usual request with some fields changed, and without some. */
const body = fc
  .record({
    base: fc.constantFrom(usual, { request_id: 'r', model: 'm', estimated_units: { tokens_input: 1 } }),
    changed: fc.subarray(Object.keys(fields), { maxLength: 3 }),
    values: fc.record(fields),
    dropped: fc.option(fc.constantFrom('request_id', 'model', 'credits', 'estimated_units')),
  })
  .map(({ base, changed, values, dropped }) =>
    Object.fromEntries([
      ...Object.entries(base).filter(([name]) => name !== dropped),
      ...changed.map((name) => [name, values[name]] as const),
    ]),
  )

test('what is read without the schema is what the schema reads; in doubt it is left to the schema', () => {
  let read = 0
  fc.assert(
    fc.property(fc.oneof({ arbitrary: body, weight: 9 }, anything), (value) => {
      // As it comes: through JSON, where `__proto__` is a name like any other.
      const sent: unknown = JSON.parse(JSON.stringify(value) ?? 'null')
      const plain = readPlainRequest(sent)
      if (plain === undefined) return
      read += 1
      expect(plain).toEqual(checkedRequest(sent))
    }),
    { numRuns: 3_000 },
  )
  expect(read).toBeGreaterThan(100)
})

test.each([
  usual,
  { ...usual, provider: 'p', service_tier: 't', api_key: 'k', user_id: 'u', ttl_seconds: 1 },
  { request_id: 'r', model: 'm', estimated_units: { tokens_input: 1.5, tokens_output: 0 } },
])('the usual request does not need the schema: %j', (request) => {
  expect(readPlainRequest(request)).toEqual(request)
})

test.each([
  { ...usual, estimated_units: {} },
  { request_id: 'r', model: 'm' },
  { ...usual, credits: 1_000_000.1 },
  { ...usual, ttl_seconds: 0.5 },
  { ...usual, request_id: '' },
  { ...usual, colour: 'red' },
  { request_id: 'r', model: 'm', estimated_units: { a: -1 } },
  JSON.parse('{"request_id":"r","model":"m","credits":1,"__proto__":{}}') as object,
  [usual],
  null,
])('what the schema refuses is not read without it: %j', (request) => {
  expect(readPlainRequest(request)).toBeUndefined()
  expect(() => checkedRequest(request)).toThrow(ApiError)
})
