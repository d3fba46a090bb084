import * as fc from 'fast-check'

export type AvroSchema = string | readonly AvroSchema[] | ComplexSchema

export interface ComplexSchema {
  readonly type: AvroSchema
  readonly logicalType?: string
  readonly name?: string
  readonly fields?: readonly AvroField[]
  readonly symbols?: readonly string[]
  readonly items?: AvroSchema
  readonly values?: AvroSchema
}

export interface AvroField {
  readonly name: string
  readonly type: AvroSchema
  readonly default?: unknown
}

/** Any value of a schema, in the form that our Avro types take: plain unions, decimals as millionths. */
export function valuesOf(schema: AvroSchema): fc.Arbitrary<unknown> {
  return arbitrary(schema, new Map())
}

function arbitrary(schema: AvroSchema, named: Map<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  if (typeof schema === 'string') return named.get(schema) ?? primitive(schema)
  if (isUnion(schema)) return fc.oneof(...schema.map((branch) => arbitrary(branch, named)))
  if (schema.logicalType === 'decimal') return fc.maxSafeInteger()
  switch (schema.type) {
    case 'record':
      return remembered(schema, named, record(schema.fields ?? [], named))
    case 'enum':
      return remembered(schema, named, fc.constantFrom(...(schema.symbols ?? [])))
    case 'array':
      return fc.array(arbitrary(schema.items ?? 'null', named), { maxLength: 4 })
    case 'map':
      return fc.dictionary(mapKey, arbitrary(schema.values ?? 'null', named), {
        maxKeys: 4,
        noNullPrototype: true,
      })
    default:
      return arbitrary(schema.type, named)
  }
}

const isUnion = (schema: readonly AvroSchema[] | ComplexSchema): schema is readonly AvroSchema[] =>
  Array.isArray(schema)

// No producer's map may hold `__proto__`: that is held elsewhere.
const mapKey = fc.string({ maxLength: 12, unit: 'grapheme' }).filter((key) => key !== '__proto__')

function record(
  fields: readonly AvroField[],
  named: Map<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<unknown> {
  return fc.record(Object.fromEntries(fields.map(({ name, type }) => [name, arbitrary(type, named)])))
}

function remembered(
  { name }: ComplexSchema,
  named: Map<string, fc.Arbitrary<unknown>>,
  values: fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  if (name !== undefined) named.set(name, values)
  return values
}

function primitive(name: string): fc.Arbitrary<unknown> {
  switch (name) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'int':
      return fc.integer()
    case 'long':
      // avsc computes in doubles: it refuses the outermost safe integers, and below -2^52 it reads another number than was written.
      return fc.integer({ min: -(2 ** 52), max: Number.MAX_SAFE_INTEGER - 2 })
    case 'float':
      return fc.float()
    case 'double':
      return fc.double()
    case 'bytes':
      return fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes))
    case 'string':
      return fc.string({ maxLength: 20, unit: 'grapheme' })
    default:
      throw new TypeError(`the schema names an unknown type ${name}`)
  }
}
