import { CONTROL_ENTITY_KINDS, LEDGER_ENTRY_KINDS } from '@meterline/domain'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

import { asItIs } from './as-it-is.ts'
import { entitySchemas } from './entities/entity-schemas.ts'

describe.each(CONTROL_ENTITY_KINDS)('%s', (kind) => {
  const schema: z.ZodType = entitySchemas[kind]
  const isAsItIs = asItIs(schema)
  const fromJson = fc.json().map((text): unknown => JSON.parse(text))

  test('whatever passes, the schema gives back to the byte', () => {
    fc.assert(
      fc.property(mutated(valid(schema), fromJson), (value) => {
        if (!isAsItIs(value)) return
        const parsed = schema.safeParse(value)
        expect(parsed.success && JSON.stringify(parsed.data)).toBe(JSON.stringify(value))
      }),
      { numRuns: 300 },
    )
  })

  test('what the schema gives back passes', () => {
    fc.assert(
      fc.property(valid(schema), (value) => {
        expect(isAsItIs(JSON.parse(JSON.stringify(schema.parse(value))))).toBe(true)
      }),
    )
  })
})

describe('nothing passes that the schema would refuse or change', () => {
  test.each([
    ['a default that is filled in', z.strictObject({ a: z.string().default('x') }), {}],
    ['an optional one with a default beneath', z.strictObject({ a: z.string().default('x').optional() }), {}],
    ['fields that no one knows of', z.strictObject({}), { a: 1 }],
    ['an object that drops fields', z.object({}), { a: 1 }],
    ['text that is trimmed', z.string().trim(), ' a '],
    ['a check of a list', z.array(z.string()).max(0), ['a']],
    ['a check of an object', z.strictObject({ a: z.int() }).refine(() => false), { a: 1 }],
    ['a refined choice', z.enum(['a']).refine(() => false), 'a'],
    [
      'a name that a record drops',
      z.record(z.string(), z.string()),
      JSON.parse('{"__proto__":"x"}') as unknown,
    ],
    ['a number beyond all bounds', z.number(), JSON.parse('1e999') as unknown],
    ['a value that is changed', z.string().transform((text) => text.length), 'a'],
    ['another order', z.strictObject({ a: z.int(), b: z.int() }), { b: 1, a: 1 }],
  ])('%s', (_what, schema, value) => {
    expect(asItIs(schema)(value)).toBe(false)
  })
})

/** A valid value, or one in which something, somewhere, is another, is gone, is more, or stands elsewhere. */
function mutated(good: fc.Arbitrary<unknown>, any: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(good, fc.infiniteStream(fc.nat(1_000)), any, fc.nat(5))
    .map(([value, dice, other, turns]) => {
      let changed = value
      for (let turn = 0; turn < turns; turn += 1) changed = changedOnce(changed, dice, other)
      return JSON.parse(JSON.stringify(changed)) as unknown
    })
}

function changedOnce(value: unknown, dice: fc.Stream<number>, other: unknown): unknown {
  const roll = (): number => dice.next().value ?? 0
  if (typeof value !== 'object' || value === null || roll() % 5 === 0) return roll() % 3 === 0 ? other : value
  const entries = Object.entries(value)
  const at = entries.length === 0 ? 0 : roll() % entries.length
  const [name, inner] = entries[at] ?? []
  if (name === undefined) return other
  switch (roll() % 6) {
    case 0:
      return Object.fromEntries(entries.toSpliced(at, 1))
    case 1:
      return Object.fromEntries([...entries, ['another', other]])
    case 2:
      return Object.fromEntries([...entries.slice(at), ...entries.slice(0, at)])
    default:
      if (Array.isArray(value)) return value.with(at, changedOnce(inner, dice, other))
      return { ...value, [name]: changedOnce(inner, dice, other) }
  }
}

/** Values that a schema of the log accepts, their fields in its order. */
function valid(schema: z.ZodType): fc.Arbitrary<unknown> {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional) {
    return valid(schema.unwrap() as z.ZodType)
  }
  if (schema instanceof z.ZodNullable) return fc.option(valid(schema.unwrap() as z.ZodType))
  if (schema instanceof z.ZodArray) return fc.array(valid(schema.element as z.ZodType), { maxLength: 3 })
  if (schema instanceof z.ZodRecord) {
    const values = valid(schema.valueType as z.ZodType)
    return fc.dictionary(fc.string(), values, { maxKeys: 3, noNullPrototype: true })
  }
  if (schema instanceof z.ZodUnion) return fc.oneof(...schema.options.map((one) => valid(one as z.ZodType)))
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Readonly<Record<string, z.ZodType>>
    const requiredKeys = Object.keys(shape).filter((name) => shape[name]?._zod.optin !== 'optional')
    const model = Object.fromEntries(Object.entries(shape).map(([name, field]) => [name, valid(field)]))
    return fc.record(model, { requiredKeys, noNullPrototype: true })
  }
  return leaf(schema)
}

const SAMPLES = [
  'team:payments',
  'user:a:b',
  'org:*',
  'allocation:x',
  'pool:main',
  'spent:a',
  '2026-11',
  '2026-11-21',
  'a',
  '',
  0,
  1,
  -1,
  0.5,
  Number.MAX_SAFE_INTEGER,
  true,
  false,
  ...LEDGER_ENTRY_KINDS,
]

function leaf(schema: z.ZodType): fc.Arbitrary<unknown> {
  const listed = [...(schema._zod.values ?? [])]
  const fitting = [...listed, ...SAMPLES].filter((sample) => schema.safeParse(sample).success)
  const free = fc
    .oneof(fc.string(), fc.maxSafeInteger(), fc.double({ noNaN: true }))
    .map((value) => (schema.safeParse(value).success ? value : fitting[0]))
  return fc.oneof(fc.constantFrom(...fitting), free)
}
