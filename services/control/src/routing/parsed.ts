import { issueProblems } from '@meterline/contract'
import { ApiError } from '@meterline/http'
import type { z } from 'zod'

const MAX_PROBLEMS = 10

/** What a schema makes of a part of the request. Throws `ApiError` 400 in the words of the organization file: one problem a field. */
export function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = new Map<string, string>()
  for (const { path, message } of result.error.issues.flatMap((issue) => issueProblems(issue, schema))) {
    const field = path.map(String).join('.')
    if (!problems.has(field)) problems.set(field, message)
  }
  const lines = [...problems].slice(0, MAX_PROBLEMS).map(([field, message]) => `${field}: ${message}`)
  throw new ApiError(400, 'invalid_field', lines.join('; '), { field: [...problems.keys()][0] })
}
