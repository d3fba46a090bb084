import { encodeBurnChange, frame, spendStateCodec } from '@meterline/contract'
import { WINDOWS } from '@meterline/domain'
import type { ScopeId, SpendState, WindowName } from '@meterline/domain'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { DatumWriter } from './datum-writer.ts'
import { encodeMinute } from './encode-minute.ts'
import { encodeNumbers } from './encode-numbers.ts'
import { encodeState } from './encode-state.ts'

const SCHEMA_ID = 70_000

const micro = fc.oneof(
  fc.integer(),
  // The codec refuses the last two.
  fc.maxSafeInteger().filter((n) => Math.abs(n) < Number.MAX_SAFE_INTEGER),
  fc.constantFrom(0, -1, 63, 64, 2 ** 31, -(2 ** 31), 2 ** 52, -(2 ** 52), 2 ** 52 - 1),
)
const scope = fc.string({ unit: 'grapheme', maxLength: 60 }).map((id): ScopeId => `team:${id}`)
const score = fc.option(fc.double({ noNaN: true }))
const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 40 }))

test('a state is written as the codec writes it, byte for byte', () => {
  const windows = fc
    .array(micro, { minLength: WINDOWS.length, maxLength: WINDOWS.length })
    .map(
      (values) =>
        Object.fromEntries(WINDOWS.map((name, at) => [name, values[at]])) as Record<WindowName, number>,
    )
  const states: fc.Arbitrary<SpendState> = fc.record({
    scope,
    as_of: fc.nat(),
    windows,
    day_start: fc.integer(),
    day_credits_micro: micro,
    month_start: fc.integer(),
    month_credits_micro: micro,
    requests_24h: micro,
    allocation_id: text,
    limit_micro: fc.option(micro),
    budget_state: fc.constantFrom('none', 'ok', 'info', 'warning', 'critical', 'hard_cap'),
    z_daily: score,
    z_daily_state: fc.constantFrom('', 'too_little_history', 'zero_deviation'),
    score_seasonal: score,
    version: fc.nat(),
    closed_months_micro: fc.dictionary(fc.constantFrom('2026-08', '2026-09', '2026-10'), micro),
  })
  const writer = new DatumWriter()
  fc.assert(
    fc.property(states, (state) => {
      const expected = frame(SCHEMA_ID, spendStateCodec.encode(state))
      expect(encodeState(writer, SCHEMA_ID, state).equals(expected)).toBe(true)
    }),
    { numRuns: 1_000 },
  )
})

test('the numbers of a detector are written as the codec writes them, byte for byte', () => {
  const changes = fc.record({
    kind: fc.constantFrom('detector' as const, 'detector_hour' as const),
    scope,
    pane: fc.integer({ min: 0, max: 200 }),
    name: fc.constantFrom('5m', '1h', 'silence', 'unrated'),
    numbers: fc.array(fc.double(), { maxLength: 600 }),
  })
  const writer = new DatumWriter()
  fc.assert(
    fc.property(changes, (change) => {
      const expected = frame(SCHEMA_ID, encodeBurnChange(change))
      expect(encodeNumbers(writer, SCHEMA_ID, change).equals(expected)).toBe(true)
    }),
  )
})

test('a minute is written as the codec writes it, byte for byte', () => {
  const pane = { credits_micro: micro, requests: micro }
  const changes = fc.record({
    scope,
    pane: fc.nat({ max: 40_000_000 }),
    ...pane,
    seconds: fc.array(fc.record({ second: fc.integer({ min: 0, max: 59 }), ...pane }), { maxLength: 62 }),
    hour: fc.record({ pane: fc.nat(), ...pane }),
    day: fc.record({ pane: fc.nat(), ...pane }),
  })
  const writer = new DatumWriter()
  fc.assert(
    fc.property(changes, ({ hour, day, ...change }) => {
      const above = [
        { level: 'hour' as const, ...hour },
        { level: 'day' as const, ...day },
      ]
      const expected = frame(SCHEMA_ID, encodeBurnChange({ kind: 'minute', ...change, above }))
      const seconds = change.seconds.flatMap(({ second, credits_micro, requests }) => [
        change.pane * 60 + second,
        credits_micro,
        requests,
      ])
      expect(encodeMinute(writer, SCHEMA_ID, { ...change, seconds, hour, day }).equals(expected)).toBe(true)
    }),
    { numRuns: 1_000 },
  )
})
