import type { ScopeId } from '@meterline/domain'
import { SCOPE_KINDS } from '@meterline/domain'
import { z } from 'zod'

export const id = z.string().min(1)
export const micros = z.int().min(0)
export const signedMicros = z.int()
export const atMs = z.int()
export const month = z.templateLiteral([z.number(), '-', z.number()])
export const severity = z.enum(['info', 'warning', 'critical', 'hard_cap'])
export const settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

/** Any scope, `*` for all of a kind included. */
export const anyScope = z.custom<ScopeId>(
  (value) =>
    typeof value === 'string' &&
    SCOPE_KINDS.some((kind) => value.startsWith(`${kind}:`) && value.length > kind.length + 1),
  'a scope is "<kind>:<id>", such as team:payments',
)
