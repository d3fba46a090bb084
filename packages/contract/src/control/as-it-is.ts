import type { z } from 'zod'

/** Whether a value from JSON is, beyond doubt, what a schema would make of it. */
export type AsItIs = (value: unknown) => boolean

/**
 * A cheap check that follows from a schema. True: the schema accepts the value and would give back the very same, its fields in the
 * same order. False says nothing: ask the schema. So a kind of schema that is not known here costs time, never a wrong answer.
 */
export function asItIs(schema: z.core.$ZodType): AsItIs {
  const { def } = schema._zod as { readonly def: Definition }
  if ((def.checks ?? []).length > 0 && !CHECKED.has(def.type)) return unknown
  switch (def.type) {
    case 'string':
      return all(isString, [...checkOf(def), ...checksOf(def)])
    case 'number':
      return all(isFiniteNumber, [...checkOf(def), ...checksOf(def)])
    case 'boolean':
      return (value) => typeof value === 'boolean'
    case 'literal':
    case 'enum': {
      const { values } = schema._zod
      return values === undefined ? unknown : (value) => (values as ReadonlySet<unknown>).has(value)
    }
    case 'template_literal': {
      const { pattern } = schema._zod
      return pattern === undefined ? unknown : (value) => typeof value === 'string' && pattern.test(value)
    }
    case 'custom':
      return all(anything, [...checkOf(def), ...checksOf(def)])
    case 'nullable':
      return nullable(asItIs(def.innerType))
    case 'optional':
      return asItIs(def.innerType)
    case 'array':
      return list(asItIs(def.element))
    case 'record':
      return dictionary(asItIs(def.keyType), asItIs(def.valueType))
    case 'union':
      return anyOf(def.options.map(asItIs))
    case 'object':
      return def.catchall?._zod.def.type === 'never' ? fields(def.shape) : unknown
    case 'never':
    default:
      return unknown
  }
}

type Schema = z.core.$ZodType

/** The parts of zod's own description of a schema that are read here. */
type Definition = {
  readonly checks?: readonly { readonly _zod: { readonly def: Check } }[]
} & Check &
  (
    | { readonly type: 'string' | 'number' | 'boolean' | 'literal' | 'enum' | 'template_literal' | 'custom' }
    | { readonly type: 'nullable' | 'optional'; readonly innerType: Schema }
    | { readonly type: 'array'; readonly element: Schema }
    | { readonly type: 'record'; readonly keyType: Schema; readonly valueType: Schema }
    | { readonly type: 'union'; readonly options: readonly Schema[] }
    | {
        readonly type: 'object'
        readonly shape: Readonly<Record<string, Schema>>
        readonly catchall?: Schema
      }
    | { readonly type: 'never' }
  )

interface Check {
  readonly check?: string
  readonly format?: string
  readonly pattern?: RegExp
  readonly minimum?: number
  readonly maximum?: number
  readonly value?: unknown
  readonly inclusive?: boolean
  readonly fn?: (value: unknown) => unknown
}

const unknown: AsItIs = () => false
const anything: AsItIs = () => true
const isString: AsItIs = (value) => typeof value === 'string'
const isFiniteNumber: AsItIs = (value) => Number.isFinite(value)

/** Whose further checks are read. */
const CHECKED: ReadonlySet<string> = new Set<Definition['type']>(['string', 'number', 'custom'])

const checksOf = ({ checks = [] }: Definition): readonly AsItIs[] =>
  checks.map(({ _zod }) => checkFor(_zod.def))
/** The one that a schema is by itself, such as an integer or a date. */
const checkOf = (def: Definition): readonly AsItIs[] => (def.check === undefined ? [] : [checkFor(def)])

function checkFor({ check, format, pattern, minimum, maximum, value: bound, inclusive, fn }: Check): AsItIs {
  if (check === 'number_format' && format === 'safeint') return (value) => Number.isSafeInteger(value)
  if (check === 'greater_than' && typeof bound === 'number') {
    return inclusive === true ? (value) => Number(value) >= bound : (value) => Number(value) > bound
  }
  if (check === 'less_than' && typeof bound === 'number') {
    return inclusive === true ? (value) => Number(value) <= bound : (value) => Number(value) < bound
  }
  // Lengths are in code points, of which each is one or two units.
  if (check === 'min_length' && minimum === 1) return (value) => value !== ''
  if (check === 'max_length' && maximum !== undefined) return (value) => String(value).length <= maximum
  if (check === 'string_format' && pattern !== undefined && !pattern.global && !pattern.sticky) {
    return (value) => pattern.test(String(value))
  }
  if (check === 'custom' && fn !== undefined) return (value) => fn(value) === true
  return unknown
}

function all(first: AsItIs, further: readonly AsItIs[]): AsItIs {
  const [second, third, ...rest] = further
  if (second === undefined) return first
  if (third === undefined) return (value) => first(value) && second(value)
  return (value) => first(value) && second(value) && third(value) && rest.every((check) => check(value))
}

function nullable(inner: AsItIs): AsItIs {
  return (value) => value === null || inner(value)
}

function anyOf(options: readonly AsItIs[]): AsItIs {
  return (value) => {
    for (const option of options) if (option(value)) return true
    return false
  }
}

function list(element: AsItIs): AsItIs {
  return (value) => {
    if (!Array.isArray(value)) return false
    for (const each of value) if (!element(each)) return false
    return true
  }
}

function dictionary(keys: AsItIs, values: AsItIs): AsItIs {
  return (value) => {
    if (!isObject(value)) return false
    for (const key in value) {
      if (key === '__proto__' || !keys(key) || !values(value[key])) return false
    }
    return true
  }
}

/** Every field where the schema has it; only an optional one may be left out. */
function fields(shape: Readonly<Record<string, Schema>>): AsItIs {
  const names = Object.keys(shape)
  const checks = names.map((name) => asItIs(shape[name] as Schema))
  const isOptional = names.map((name) => mayBeLeftOut(shape[name] as Schema))
  return (value) => {
    if (!isObject(value)) return false
    let at = 0
    for (const key in value) {
      while (names[at] !== key) {
        if (isOptional[at] !== true) return false
        at += 1
      }
      if (checks[at]?.(value[key]) !== true) return false
      at += 1
    }
    for (; at < names.length; at += 1) if (isOptional[at] !== true) return false
    return true
  }
}

/** And stays so: a default would be filled in. */
function mayBeLeftOut(schema: Schema): boolean {
  const { def } = schema._zod as { readonly def: Definition }
  return def.type === 'optional' && def.innerType._zod.optin === undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
