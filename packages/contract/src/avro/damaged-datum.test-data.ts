import type { UsageEvent } from '@meterline/domain'
import avro from 'avsc'
import * as fc from 'fast-check'

import { usageEventCodec } from './types.ts'

const text = fc.string({ maxLength: 12, unit: 'grapheme' })
const optional = fc.option(text)

// `__proto__` as a name is lost in avsc; it is no part of what is tested here.
const name = text.filter((word) => word !== '__proto__')

export const anyUsageEvent: fc.Arbitrary<UsageEvent> = fc.record({
  request_id: text,
  timestamp: fc.integer({ min: 0, max: 2 ** 45 }),
  api_key_id: text,
  provider: text,
  model_name: text,
  operation_type: fc.constantFrom('completion', 'embedding', 'other'),
  units: fc.dictionary(name, fc.double({ min: 0, max: 1e15 }), { maxKeys: 4, noNullPrototype: true }),
  credits_consumed: fc.option(fc.maxSafeInteger()),
  usage_labels: fc.dictionary(name, text, { maxKeys: 4, noNullPrototype: true }),
  response_latency_ms: fc.option(fc.nat()),
  error_code: optional,
  user_id: optional,
  customer_id: optional,
  endpoint: optional,
  prompt_version: optional,
  product: optional,
  session_id: optional,
  corrects: optional,
})

const longs = avro.Type.forSchema('long')

/** Counts and lengths as damage makes them: of 2^30 items, of more than anybody could count, below zero with a size behind. */
const strayLong = fc
  .constantFrom([2 ** 30], [2 ** 50], [-(2 ** 30), 3], [-1, -40], [-3, 0], [0], [1], [-1])
  .map((values) => Buffer.concat(values.map((value) => longs.toBuffer(value))))

/** Bytes of an event with a few of them changed, cut out, or replaced by stray counts; and bytes that never were one. */
export const damagedDatum: fc.Arbitrary<Buffer> = fc.oneof(
  fc
    .tuple(
      anyUsageEvent.map((event) => usageEventCodec.encode(event)),
      fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.oneof(strayLong, fc.uint8Array({ maxLength: 3 }))), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([datum, damage]) =>
      damage.reduce((bytes, [position, removed, added]) => {
        const at = position % (bytes.length + 1)
        return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)])
      }, datum),
    ),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
)

/** An event as far as its units, of which it then promises 2^30. */
export function datumWithHugeMapCount(event: UsageEvent): Buffer {
  const units = usageEventCodec.encode({ ...event, units: {}, usage_labels: {} })
  const without = usageEventCodec.encode({ ...event, units: { '': 0 }, usage_labels: {} })
  const at = units.findIndex((byte, i) => byte !== without[i])
  return Buffer.concat([units.subarray(0, at), longs.toBuffer(2 ** 30), units.subarray(at + 1)])
}
