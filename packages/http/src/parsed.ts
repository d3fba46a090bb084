import type { z } from 'zod'

import { ApiError } from './api-error.ts'

/** What a schema makes of a part of the request. Throws `ApiError` 400 that names the first field that is wrong, and all problems. */
export function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [first] = result.error.issues
  const field = first === undefined ? undefined : fieldOf(first)
  const problems = result.error.issues
    .slice(0, MAX_PROBLEMS)
    .map((issue) => `${fieldOf(issue)}: ${issue.message}`)
  throw new ApiError(400, 'invalid_field', problems.join('; '), { field })
}

const MAX_PROBLEMS = 10

function fieldOf(issue: z.core.$ZodIssue): string {
  const key = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  return [...issue.path, ...key].map(String).join('.')
}
