import { z } from 'zod'

import { publicField } from './public-field.ts'

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
