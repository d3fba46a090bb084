import { decodeSpendRecord, encodeSpendRecord } from '@meterline/contract'
import type { SpendDelta } from '@meterline/domain'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { DeltaScan } from './delta-scan.ts'

const PREFIX = Buffer.from([0, 0, 0, 0, 10])

const amount = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger().filter((n) => Math.abs(n) < Number.MAX_SAFE_INTEGER),
  fc.constantFrom(0, -1, 63, 64, -64, -65, 2 ** 27, 2 ** 28, 2 ** 48 - 1, -(2 ** 48), 2 ** 48),
)
const deltas = fc.record({
  kind: fc.constant('delta' as const),
  scope: fc.string({ unit: 'grapheme', maxLength: 200 }).map((id) => `team:${id}` as const),
  pane_start: fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) - 1 }),
  credits_micro: amount,
  requests: amount,
  unrated_requests: amount,
  units: fc.dictionary(fc.string(), fc.double(), { maxKeys: 4 }),
  drivers: fc.constant([]),
})

function read(datum: Buffer): SpendDelta | undefined {
  try {
    const record = decodeSpendRecord(datum)
    return record.kind === 'delta' ? record : undefined
  } catch {
    return undefined
  }
}

function scanned(datum: Buffer) {
  const scan = new DeltaScan()
  const value = Buffer.concat([PREFIX, datum])
  if (!scan.scan(value, PREFIX.length)) return undefined
  const { pane_start, credits_micro, requests, unrated_requests, drivers } = scan
  const scope = value.subarray(scan.scopeStart, scan.scopeEnd).toString()
  return { scope, pane_start, credits_micro, requests, unrated_requests, drivers }
}

function summed(delta: SpendDelta | undefined) {
  if (delta === undefined) return undefined
  const { scope, pane_start, credits_micro, requests, unrated_requests, drivers } = delta
  return { scope, pane_start, credits_micro, requests, unrated_requests, drivers }
}

describe('the scan of a delta', () => {
  test('finds what the codec decodes, of all amounts up to 2^48', () => {
    fc.assert(
      fc.property(deltas, (delta) => {
        const found = scanned(encodeSpendRecord(delta))
        const isUsual = [delta.credits_micro, delta.requests, delta.unrated_requests].every(
          (each) => each >= -(2 ** 48) && each < 2 ** 48,
        )
        expect(found).toEqual(isUsual ? summed(read(encodeSpendRecord(delta))) : undefined)
      }),
      { numRuns: 1_000 },
    )
  })

  test('of damaged bytes takes none that the codec does not read alike', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 })
    let taken = 0
    fc.assert(
      fc.property(deltas, damage, fc.nat(), (delta, changes, cut) => {
        const whole = encodeSpendRecord(delta)
        const datum = Buffer.from(whole.subarray(0, cut % 4 === 0 ? cut % whole.length : whole.length))
        for (const [at, byte] of changes) if (datum.length > 0) datum[at % datum.length] = byte
        const found = scanned(datum)
        if (found === undefined) return
        taken += 1
        expect(found).toEqual(summed(read(datum)))
      }),
      { numRuns: 3_000 },
    )
    expect(taken).toBeGreaterThan(100)
  })

  test('leaves other kinds, and deltas with drivers, to the codec', () => {
    expect(scanned(encodeSpendRecord({ kind: 'tick', pane_start: 1_000 }))).toBeUndefined()
    const [delta] = fc.sample(deltas, 1)
    const drivers = [{ dimension: 'model' as const, value: 'gpt-5', credits_micro: 1 }]
    expect(scanned(encodeSpendRecord({ ...delta!, drivers }))).toBeUndefined()
  })
})
