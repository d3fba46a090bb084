import { z } from 'zod'

import { micros } from '../entities/entity-fields.ts'
import { creditsOf, microOf } from '../file-fields.ts'
import { creditsFor, inUnit } from './public-unit.ts'
import type { PublicField } from './public-unit.ts'

const MAX_LIST_ENTRIES = 10_000

/**
 * An entity as people write and read it: whole credits for micro-credits, ISO 8601 for milliseconds, the words of the
 * organization file. It follows from the entity's own schema by the unit at the end of each name.
 */
export interface PublicForm {
  readonly schema: z.ZodObject
  /** A parsed entry as the fields of the entity; what is withheld is not among them. */
  toEntity(entry: Readonly<Record<string, unknown>>): Record<string, unknown>
  toEntry(entity: object): Record<string, unknown>
}

export interface PublicFormOptions {
  /** Fields that never leave: what proves a secret or a person. */
  readonly withheld?: readonly string[]
  /** Entity field to the value that it has when the entry leaves it out, as the entry would write it. */
  readonly defaults?: Readonly<Record<string, unknown>>
  /** Entity field to its name in the entry, where the unit does not say it. */
  readonly names?: Readonly<Record<string, string>>
  /** Entity field to a schema of the entry, in place of the one that follows. */
  readonly schemas?: Readonly<Record<string, z.ZodType>>
}

export function publicForm(entity: z.ZodObject, options: PublicFormOptions = {}): PublicForm {
  const fields = Object.entries(entity.shape)
    .filter(([name]) => !(options.withheld ?? []).includes(name))
    .map(([name, schema]) => {
      const field = publicField(name, schema as z.ZodType)
      const shape = options.schemas?.[name] ?? field.schema
      return {
        ...field,
        entityName: name,
        name: options.names?.[name] ?? field.name,
        schema: name in (options.defaults ?? {}) ? withDefault(shape, options.defaults?.[name]) : shape,
      }
    })
  return {
    schema: z.strictObject(Object.fromEntries(fields.map(({ name, schema }) => [name, schema]))),
    toEntity: (entry) =>
      Object.fromEntries(
        fields
          .filter(({ name }) => entry[name] !== undefined)
          .map(({ name, entityName, toEntity }) => [entityName, toEntity(entry[name])]),
      ),
    toEntry(of) {
      const values = new Map<string, unknown>(Object.entries(of))
      return Object.fromEntries(
        fields
          .filter(({ entityName }) => values.get(entityName) !== undefined)
          .map(({ name, entityName, toEntry }) => [name, toEntry(values.get(entityName))]),
      )
    },
  }
}

function withDefault(schema: z.ZodType, value: unknown): z.ZodType {
  return schema.prefault(value)
}

/** The public form of a field, by the unit at the end of its name; objects and lists are gone into. */
function publicField(name: string, schema: z.ZodType): PublicField {
  if (schema instanceof z.ZodNullable) {
    const inner = publicField(name, schema.unwrap() as z.ZodType)
    return {
      name: inner.name,
      schema: inner.schema.nullable(),
      toEntity: (value) => (value === null ? null : inner.toEntity(value)),
      toEntry: (value) => (value === null ? null : inner.toEntry(value)),
    }
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional) {
    const inner = publicField(name, schema.unwrap() as z.ZodType)
    return { ...inner, schema: inner.schema.optional() }
  }
  if (schema instanceof z.ZodArray) {
    const inner = publicField('', schema.element as z.ZodType)
    return {
      name,
      schema: z.array(inner.schema).max(MAX_LIST_ENTRIES),
      toEntity: (value) => (value as readonly unknown[]).map(inner.toEntity),
      toEntry: (value) => (value as readonly unknown[]).map(inner.toEntry),
    }
  }
  // A list of sums by name, such as the monthly credits of each allocation.
  if (schema instanceof z.ZodRecord && schema.valueType === micros) {
    const each = (change: (value: number) => number) => (value: unknown) =>
      Object.fromEntries(
        Object.entries(value as Record<string, number>).map(([key, sum]) => [key, change(sum)]),
      )
    return {
      name,
      schema: z.record(z.string(), creditsFor(micros)),
      toEntity: each(microOf),
      toEntry: each(creditsOf),
    }
  }
  if (schema instanceof z.ZodRecord && schema.valueType instanceof z.ZodObject) {
    const inner = publicField('', schema.valueType)
    const each = (change: (value: unknown) => unknown) => (value: unknown) =>
      Object.fromEntries(Object.entries(value as object).map(([key, entry]) => [key, change(entry)]))
    return {
      name,
      schema: z.record(z.string(), inner.schema),
      toEntity: each(inner.toEntity),
      toEntry: each(inner.toEntry),
    }
  }
  if (schema instanceof z.ZodObject) {
    const form = publicForm(schema)
    return {
      name,
      schema: form.schema,
      toEntity: (value) => form.toEntity(value as Record<string, unknown>),
      toEntry: (value) => form.toEntry(value as object),
    }
  }
  return inUnit(name, schema)
}
