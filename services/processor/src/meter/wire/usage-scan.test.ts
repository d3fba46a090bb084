import { usageEventCodec } from '@meterline/contract'
import { USAGE_BOUNDS, validateUsage, type UsageEvent } from '@meterline/domain'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { usageEvent } from '../meter.test-data.ts'
import { UsageScan } from './usage-scan.ts'

describe('the scan', () => {
  const length = (bound: number) => fc.constantFrom(0, 1, 63, 64, bound - 1, bound, bound + 1)
  const text = (bound: number) =>
    fc.tuple(fc.constantFrom('a', 'ü', '語', '🙂'), length(bound)).map(([char, count]) => char.repeat(count))
  const optional = fc.option(text(USAGE_BOUNDS.maxTextLength))
  const id = text(USAGE_BOUNDS.maxIdLength)
  const long = fc.oneof(
    fc.integer(),
    fc.maxSafeInteger().filter((n) => Math.abs(n) < Number.MAX_SAFE_INTEGER),
  )
  const amount = fc.oneof(fc.double(), fc.constantFrom(0, -0, 1e15, 1e15 + 2, NaN, Infinity, -1))
  const arbitraryEvent = fc.record({
    request_id: id,
    timestamp: long,
    api_key_id: fc.constantFrom('key', ''),
    model_name: id,
    units: fc.dictionary(fc.string({ maxLength: 8 }), amount, { maxKeys: 5 }),
    credits_consumed: fc.option(fc.maxSafeInteger()),
    usage_labels: fc.dictionary(fc.string({ maxLength: 8 }), text(USAGE_BOUNDS.maxLabelLength), {
      maxKeys: 3,
    }),
    response_latency_ms: fc.option(long),
    user_id: optional,
    endpoint: optional,
    session_id: optional,
    corrects: optional,
  })

  test('takes no event that validateUsage refuses, and every valid one when lengths are known', () => {
    fc.assert(
      fc.property(arbitraryEvent, (changes) => {
        const event: UsageEvent = usageEvent(changes)
        const datum = usageEventCodec.encode(event)
        // The time as it was written: avsc rounds odd negative longs below -2^52.
        const written = usageEventCodec.decode(datum)
        const received = { receivedMs: written.timestamp, stage: 'drop-duplicates' } as const
        const isValid = validateUsage(written, received) === undefined
        const scan = new UsageScan()
        expect(scan.scan(datum, 0) && !isValid).toBe(false)
        expect(isValid && !scan.scan(datum, 0, 3)).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })

  test('takes no bytes that avsc cannot decode', () => {
    const datum = usageEventCodec.encode(usageEvent({ credits_consumed: 1, usage_labels: { a: 'b' } }))
    const damage = fc.array(fc.tuple(fc.nat(datum.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
    let taken = 0
    fc.assert(
      fc.property(damage, fc.nat(datum.length), (changes, keep) => {
        const bytes = Buffer.from(datum.subarray(0, keep % 4 === 0 ? keep : datum.length))
        for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte
        if (!new UsageScan().scan(bytes, 0)) return
        taken += 1
        expect(() => usageEventCodec.decode(bytes)).not.toThrow()
      }),
      { numRuns: 5_000 },
    )
    expect(taken).toBeGreaterThan(100)
  })
})
