import type { ScopeId } from '@meterline/domain'
import { z } from 'zod'

const MAX_TEXT_CHARACTERS = 200
const MICRO = 1_000_000
const MAX_CREDITS = 9_000_000_000
const ALLOCATABLE = ['org', 'billing_group', 'department', 'team', 'project', 'api_key', 'user'] as const

export const text = z.string().trim().min(1, 'must not be empty').max(MAX_TEXT_CHARACTERS)

export const entityId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    'an id has letters, digits, ".", "_", "-", begins with a letter or digit, and has at most 128 characters',
  )

export const label = z.string().trim().min(1, 'must not be empty').max(128)

export const contact = z
  .string()
  .regex(
    /^(#[^\s]+|[^\s@]+@[^\s@]+\.[^\s@]+|https:\/\/[^\s]+)$/,
    'a contact is an e-mail address, a "#channel", or an https:// address',
  )

/** Credits with at most six decimal places, so that they are a whole number of micro-credits. */
export const creditAmount = z
  .number()
  .min(0, 'must not be negative')
  .max(MAX_CREDITS, 'at most 9,000,000,000 credits')
  .refine(isWholeMicros, 'at most six decimal places')

export const percent = z.number().min(0, 'must not be negative').max(1_000, 'at most 1000')

export const scopeReference = z
  .string()
  .refine(isScope, `a scope is "<kind>:<id>" with a kind of ${ALLOCATABLE.join(', ')}`)

/** Whole credits of the file as integer micro-credits. */
export function microOf(credits: number): number {
  return Math.round(credits * MICRO)
}

/** Integer micro-credits as whole credits with up to six decimal places. */
export function creditsOf(micro: number): number {
  return micro / MICRO
}

/** Percent of the file as a share; twelve places keep 14.4 % from becoming 0.14400000000000002. */
export function share(percentage: number): number {
  return Number((percentage / 100).toFixed(12))
}

export function percentOf(part: number): number {
  return Number((part * 100).toFixed(10))
}

function isWholeMicros(credits: number): boolean {
  return /^-?\d+(\.\d{1,6})?$/.test(String(credits))
}

function isScope(value: string): value is ScopeId {
  const colon = value.indexOf(':')
  const kind = value.slice(0, colon)
  return colon > 0 && colon < value.length - 1 && ALLOCATABLE.some((known) => known === kind)
}
