import { validateUsage } from '@meterline/domain'
import { Ajv2020 } from 'ajv/dist/2020.js'
import ajvFormats from 'ajv-formats'
import * as fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

import { parseUsageEvent } from './parse-usage-event.ts'
import { COMPLETE_EVENT, SMALLEST_EVENT } from './usage-event.test-data.ts'

function problemOf(value: unknown) {
  const parsed = parseUsageEvent(value)
  return parsed.ok ? undefined : parsed.problem
}

describe('parseUsageEvent', () => {
  test('takes every field', () => {
    const parsed = parseUsageEvent(COMPLETE_EVENT)
    expect(parsed).toEqual({
      ok: true,
      usage: { ...COMPLETE_EVENT, timestamp: 1_795_230_245_678, credits_consumed: 1_870_000 },
    })
  })

  test('fills what was left out', () => {
    const parsed = parseUsageEvent(SMALLEST_EVENT)
    expect(parsed).toMatchObject({
      ok: true,
      usage: { api_key_id: null, usage_labels: {}, credits_consumed: null },
    })
  })

  test.each([
    [{ request_id: undefined }, 'request_id', 'request_id is missing: it is required'],
    [{ request_id: '' }, 'request_id', 'request_id is empty: leave it out, or say what it is'],
    [{ request_id: 7 }, 'request_id', 'request_id has to be a text'],
    [{ request_id: 'a\uD800' }, 'request_id', 'request_id is not valid Unicode'],
    [{ timestamp: undefined }, 'timestamp', 'timestamp is missing: say when the call was made'],
    [{ operation_type: 'chat' }, 'operation_type', /is not known: it is one of completion/],
    [{ units: [1] }, 'units', /has to be an object of meters/],
    [{ units: { tokens_input: '12' } }, 'units.tokens_input', 'units.tokens_input has to be a number'],
    [{ usage_labels: { team: 3 } }, 'usage_labels.team', 'usage_labels.team has to be a text'],
    [{ response_latency_ms: 1.5 }, 'response_latency_ms', /whole number/],
    [{ credits_consumed: 0.1234567 }, 'credits_consumed', /at most six decimals/],
    [{ credits_consumed: -1 }, 'credits_consumed', /at most six decimals/],
    [{ model: 'gpt-5' }, 'model', '"model" is not a field of a usage event: did you mean model_name?'],
    [{ prompt_tokens: 5 }, 'prompt_tokens', /did you mean units.tokens_input/],
    [{ colour: 'red' }, 'colour', /"colour" is not a field/],
  ])('refuses %j with the field and a way out', (change, field, message) => {
    const problem = problemOf({ ...SMALLEST_EVENT, ...change })
    expect(problem).toMatchObject({ reason: 'invalid_field', field })
    expect(problem?.message).toMatch(message)
  })

  test.each([
    ['2026-11-21T03:04:05Z', true],
    ['2026-11-21T03:04:05.678901+02:00', true],
    ['2024-02-29T00:00:00Z', true],
    ['2026-02-29T00:00:00Z', false],
    ['2026-11-21T24:00:00Z', false],
    ['2026-11-21T03:04:05', false],
    ['2026-11-21', false],
    ['yesterday', false],
    [1.5, false],
    [true, false],
  ])('timestamp %j is a time: %s', (timestamp, good) => {
    expect(problemOf({ ...SMALLEST_EVENT, timestamp }) === undefined).toBe(good)
  })

  test.each([
    `{"__proto__":{"polluted":1}}`,
    `{"units":{"__proto__":1}}`,
    `{"usage_labels":{"__proto__":"x"}}`,
    `{"constructor":{"prototype":{"polluted":1}}}`,
  ])('pollutes nothing with %s, and refuses it', (text) => {
    const event = JSON.parse(`${JSON.stringify(SMALLEST_EVENT).slice(0, -1)},${text.slice(1)}`) as unknown
    expect(problemOf(event)).toBeDefined()
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

test('whatever the value, it answers and never throws', () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => typeof parseUsageEvent(value).ok === 'boolean'))
  const mostlyGood = fc.record(
    Object.fromEntries(
      Object.entries(COMPLETE_EVENT).map(([name, good]) => [
        name,
        fc.oneof({ weight: 9, arbitrary: fc.constant<unknown>(good) }, fc.jsonValue()),
      ]),
    ),
  )
  fc.assert(fc.property(mostlyGood, (value) => typeof parseUsageEvent(value).ok === 'boolean'))
})

test('credits keep every decimal that was written', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e15 }), (micro) => {
      const parsed = parseUsageEvent({ ...SMALLEST_EVENT, credits_consumed: micro / 1_000_000 })
      return parsed.ok && parsed.usage.credits_consumed === micro
    }),
  )
})

describe('the published JSON Schema and the parser agree', () => {
  const ajv = new Ajv2020({ allowUnionTypes: true })
  ajvFormats.default(ajv)
  const text = readFileSync(new URL('../../../../schemas/usage-event.schema.json', import.meta.url), 'utf8')
  const matchesSchema = ajv.compile(JSON.parse(text) as object)
  const receivedMs = Date.parse('2026-11-21T04:00:00Z')

  function weTake(value: unknown): boolean {
    const parsed = parseUsageEvent(value)
    if (!parsed.ok) return false
    const event = { ...parsed.usage, api_key_id: parsed.usage.api_key_id ?? 'k' }
    const rejection = validateUsage(event, { receivedMs, stage: 'gateway' })
    return rejection === undefined || rejection.reason.startsWith('timestamp_')
  }
  /** What a JSON Schema cannot say: that two fields differ. */
  function correctsItself(value: unknown): boolean {
    const { request_id, corrects } = value as { readonly request_id?: unknown; readonly corrects?: unknown }
    return typeof corrects === 'string' && corrects === request_id
  }
  const odd = fc.oneof(
    fc.constantFrom<unknown>(null, '', 0, -1, 1.5, [], {}, true, 1e16, 'x'.repeat(129), 'x'.repeat(257)),
    fc.constantFrom<unknown>({ a: 1 }, { a: 'b' }, { a: -1 }, { '': 1 }, { a: 1e16 }, { a: null }),
    fc.constantFrom<unknown>('2026-02-29T00:00:00Z', '2026-11-21T03:04:05+25:00', '2026-11-21 03:04:05Z'),
  )
  const names = [...Object.keys(COMPLETE_EVENT), 'colour', 'units.tokens_input']

  test('on events with some fields odd, missing or unknown', () => {
    const changed = fc
      .array(fc.tuple(fc.constantFrom(...names), fc.option(odd, { nil: undefined })), { maxLength: 3 })
      .map(
        (changes) =>
          JSON.parse(JSON.stringify({ ...COMPLETE_EVENT, ...Object.fromEntries(changes) })) as unknown,
      )
    fc.assert(
      fc.property(changed, (value) => {
        expect(weTake(value), JSON.stringify(value)).toBe(matchesSchema(value) && !correctsItself(value))
      }),
      { numRuns: 2_000 },
    )
  })

  test('but on an event that corrects itself, which no schema can tell', () => {
    const event = { ...COMPLETE_EVENT, corrects: COMPLETE_EVENT.request_id }
    expect([matchesSchema(event), weTake(event)]).toEqual([true, false])
  })
})
