import { z } from 'zod'

import { creditsOf, microOf, percent, percentOf, share } from '../file-fields.ts'

/** One field of an entity in its public form: another name and unit, the same thing. */
export interface PublicField {
  readonly name: string
  readonly schema: z.ZodType
  readonly toEntity: (value: unknown) => unknown
  readonly toEntry: (value: unknown) => unknown
}

const MAX_TEXT_CHARACTERS = 2_000
const MAX_CREDITS = 9_000_000_000
const MS_PER_SECOND = 1_000
const same = (value: unknown): unknown => value

/**
 * The name of an entity's field in its public form: `credits_micro` → `credits`, `soft_cap_micro` → `soft_cap_credits`, `expires_at_ms` →
 * `expires_at`, `group_wait_ms` → `group_wait_seconds`, `rollover` → `rollover_percent`.
 */
export function publicName(name: string): string {
  if (name.endsWith('_micro') || name.endsWith('_micro_per_credit')) return creditsName(name)
  if (MOMENT.test(name)) return name.slice(0, -'_ms'.length)
  if (name.endsWith('_ms')) return `${name.slice(0, -'_ms'.length)}_seconds`
  return SHARES.has(name) ? `${name}_percent` : name
}

const MOMENT = /(^|_)(at|from|until|by)_ms$/

/** A field that is neither an object nor a list, in the unit that the end of its name says. */
export function inUnit(entityName: string, schema: z.ZodType): PublicField {
  return { ...unitOf(entityName, schema), name: publicName(entityName) }
}

function unitOf(name: string, schema: z.ZodType): Omit<PublicField, 'name'> {
  if (name.endsWith('_micro') || name.endsWith('_micro_per_credit')) {
    return {
      schema: creditsFor(schema),
      toEntity: (value) => microOf(value as number),
      toEntry: (value) => creditsOf(value as number),
    }
  }
  if (MOMENT.test(name)) {
    return {
      schema: moment,
      toEntity: (value) => Date.parse(value as string),
      toEntry: (value) => new Date(value as number).toISOString(),
    }
  }
  if (name.endsWith('_ms')) {
    return {
      schema: z
        .number()
        .min(0)
        .max(Number.MAX_SAFE_INTEGER / MS_PER_SECOND),
      toEntity: (value) => Math.round((value as number) * MS_PER_SECOND),
      toEntry: (value) => (value as number) / MS_PER_SECOND,
    }
  }
  if (SHARES.has(name)) {
    return {
      schema: percent,
      toEntity: (value) => share(value as number),
      toEntry: (value) => percentOf(value as number),
    }
  }
  return { schema: bounded(schema), toEntity: same, toEntry: same }
}

/** Of an allocation: the words of its entry are percentages. */
const SHARES: ReadonlySet<string> = new Set(['rollover', 'hard_cap'])

function creditsName(name: string): string {
  if (name.endsWith('_micro_per_credit')) return name.replace(/_micro_per_credit$/, '_per_credit')
  const base = name.slice(0, -'_micro'.length)
  return base.endsWith('credits') ? base : `${base}_credits`
}

const moment = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: 'a date such as 2026-11-01, or a time with zone such as 2026-11-01T00:00:00Z',
})

/** Credits with at most six decimal places; below zero only where the entity may be. */
export function creditsFor(schema: z.ZodType): z.ZodType {
  const least = schema.safeParse(-1).success ? -MAX_CREDITS : 0
  return z
    .number()
    .min(least, least === 0 ? 'must not be negative' : undefined)
    .max(MAX_CREDITS, 'at most 9,000,000,000 credits')
    .refine((credits) => creditsOf(microOf(credits)) === credits, 'at most six decimal places')
}

function bounded(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodString && schema.maxLength === null ? schema.max(MAX_TEXT_CHARACTERS) : schema
}
