import { distance } from 'fastest-levenshtein'
import type { z } from 'zod'

import { fieldsAt } from './schema-fields.ts'

/** What is wrong in the organization file, where, and what to do. `line` is 1-based. */
export interface FileProblem {
  readonly path: string
  readonly line: number | undefined
  readonly message: string
}

export type FilePath = readonly (string | number)[]

/** `["billing_groups", 1, "name"]` → `billing_groups[1].name`. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = ''
  for (const step of path) {
    text += typeof step === 'number' ? `[${step}]` : text === '' ? String(step) : `.${String(step)}`
  }
  return text
}

/** A finding of the schema as places and sentences that a person can act on. */
export function issueProblems(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issueMessage(issue) }]
  const known = fieldsAt(schema, issue.path)
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: unknownField(key, known) }))
}

function issueMessage(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    return issue.message.includes('received undefined')
      ? 'is required; add it'
      : `must be ${article(issue.expected)}`
  }
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`
  return issue.message
}

function unknownField(key: string, known: readonly string[]): string {
  const near = known.find((field) => distance(field, key) <= Math.max(1, Math.floor(field.length / 4)))
  return near === undefined
    ? `unknown field; known here: ${known.join(', ')}`
    : `unknown field; did you mean "${near}"?`
}

function article(type: string): string {
  return type === 'array' ? 'a list' : type === 'object' ? 'a group of fields' : `a ${type}`
}
