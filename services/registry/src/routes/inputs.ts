import type { FastifyRequest } from 'fastify'
import { z } from 'zod'

import { invalidSchema, RegistryFault } from '../catalogue/faults.ts'

const MAX_SUBJECT_CHARACTERS = 255

const subject = z.string().min(1).max(MAX_SUBJECT_CHARACTERS)
const withSubject = z.object({ subject })
const withVersion = z.object({ subject, version: z.string() })
// Other fields of newer clients (metadata, ruleSet) are let be.
const withSchema = z.object({
  schema: z.string(),
  schemaType: z.string().default('AVRO'),
  references: z.array(z.unknown()).default([]),
})

export function subjectParams(request: FastifyRequest): z.output<typeof withSubject> {
  return given(withSubject, request.params)
}

export function versionParams(request: FastifyRequest): z.output<typeof withVersion> {
  return given(withVersion, request.params)
}

/** Avro without references is what there is: anything else is 42201, as an invalid schema. */
export function schemaBody(request: FastifyRequest): { readonly schema: string } {
  const { schema, schemaType, references } = given(withSchema, request.body)
  if (schemaType !== 'AVRO') throw invalidSchema(`schemaType ${schemaType} is not supported, only AVRO is`)
  if (references.length > 0) throw invalidSchema('references are not supported')
  return { schema }
}

function given<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new RegistryFault(422, `${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'not valid'}`)
}
