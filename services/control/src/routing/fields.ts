import { creditAmount } from '@meterline/contract'
import type { ScopeId } from '@meterline/domain'
import { SCOPE_KINDS } from '@meterline/domain'
import { z } from 'zod'

const MAX_ID_CHARACTERS = 128
const MAX_PROSE_CHARACTERS = 2_000

export const positiveCredits = creditAmount.positive('must be above 0')
export const name = z.string().min(1).max(MAX_ID_CHARACTERS)
export const prose = z.string().trim().min(1, 'must not be empty').max(MAX_PROSE_CHARACTERS)

/** A time with zone, or a day; milliseconds inside. */
export const momentMs = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'a date such as 2026-11-01, or a time with zone such as 2026-11-01T00:00:00Z',
  })
  .transform((text) => Date.parse(text))

export const scope = z.custom<ScopeId>(
  (value) =>
    typeof value === 'string' &&
    SCOPE_KINDS.some((kind) => value.startsWith(`${kind}:`) && value.length > kind.length + 1),
  'a scope is "<kind>:<id>", such as team:payments or allocation:org-1234-bg-payments',
)
