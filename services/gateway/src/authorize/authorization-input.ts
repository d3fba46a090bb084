import { USAGE_BOUNDS } from '@meterline/domain'
import { z } from 'zod'

import { ApiError } from '../http/api-error.ts'
import { AUTHORIZE } from './bounds.ts'

const id = z.string().min(1).max(USAGE_BOUNDS.maxIdLength)
const text = z.string().min(1).max(USAGE_BOUNDS.maxTextLength)

const MICRO = 1_000_000
const MAX_CREDITS = 1_000_000

const schema = z
  .strictObject({
    request_id: id,
    model: id,
    provider: id.optional(),
    service_tier: text.optional(),
    api_key: id.optional(),
    user_id: text.optional(),
    credits: z.number().nonnegative().max(MAX_CREDITS).optional(),
    estimated_units: z
      .record(id, z.number().nonnegative().max(USAGE_BOUNDS.maxUnitAmount))
      .refine((units) => Object.keys(units).length <= USAGE_BOUNDS.maxUnits, 'has too many meters')
      .optional(),
    ttl_seconds: z
      .number()
      .min(AUTHORIZE.minReservationMs / 1_000)
      .optional(),
  })
  .refine(
    ({ credits, estimated_units }) => (credits === undefined) !== (estimated_units === undefined),
    'say either credits or estimated_units',
  )

/** What a caller wants to spend, as it is asked. */
export interface AuthorizationInput {
  readonly requestId: string
  readonly model: string
  readonly provider: string | undefined
  readonly serviceTier: string | undefined
  /** Another key than the caller's own: for those that may send for others. */
  readonly apiKey: string | undefined
  readonly user: string | null
  readonly estimate:
    | { readonly kind: 'credits'; readonly creditsMicro: number }
    | { readonly kind: 'units'; readonly units: Readonly<Record<string, number>> }
  readonly ttlMs: number | undefined
}

/** Throws `ApiError` 400 with the field that is wrong. */
export function parseAuthorization(body: Buffer): AuthorizationInput {
  const parsed = schema.safeParse(jsonOf(body))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const field = issue?.path.join('.') ?? ''
    throw new ApiError(400, 'invalid_field', `${field === '' ? 'the body' : field}: ${issue?.message}`, {
      ...(field === '' ? {} : { field }),
      hint: 'see /openapi.json',
    })
  }
  const { data } = parsed
  return {
    requestId: data.request_id,
    model: data.model,
    provider: data.provider,
    serviceTier: data.service_tier,
    apiKey: data.api_key,
    user: data.user_id ?? null,
    // Up to the next micro-credit: an estimate is not made smaller.
    estimate:
      data.credits === undefined
        ? { kind: 'units', units: data.estimated_units ?? {} }
        : { kind: 'credits', creditsMicro: Math.ceil(Number((data.credits * MICRO).toFixed(3))) },
    ttlMs: data.ttl_seconds === undefined ? undefined : Math.floor(data.ttl_seconds * 1_000),
  }
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new ApiError(400, 'malformed_json', 'the body is no JSON', { cause })
  }
}
