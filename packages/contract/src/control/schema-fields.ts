import { z } from 'zod'

/** The names that an object at this place of a schema may have; empty where no object is expected. */
export function fieldsAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let at: unknown = schema
  for (const step of path) {
    const inner = bare(at)
    if (inner instanceof z.ZodArray) at = inner.element
    else if (inner instanceof z.ZodObject) at = inner.shape[String(step)]
    else return []
  }
  const object = bare(at)
  return object instanceof z.ZodObject ? Object.keys(object.shape) : []
}

/** The schema beneath defaults, optionals and nullables. */
function bare(schema: unknown): unknown {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
    ? bare(schema.unwrap())
    : schema
}
