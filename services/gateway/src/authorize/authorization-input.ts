import { USAGE_BOUNDS, type Labels } from '@meterline/domain'
import { z } from 'zod'

import { ApiError } from '../http/api-error.ts'
import { AUTHORIZE } from './bounds.ts'
import { readPlainRequest } from './plain-request.ts'

const id = z.string().min(1).max(USAGE_BOUNDS.maxIdLength)
const text = z.string().min(1).max(USAGE_BOUNDS.maxTextLength)

const label = z.string().min(1).max(USAGE_BOUNDS.maxLabelLength)
const labelValue = z.string().max(USAGE_BOUNDS.maxLabelLength)

const MICRO = 1_000_000

const schema = z
  .strictObject({
    request_id: id,
    model: id,
    provider: id.optional(),
    service_tier: text.optional(),
    api_key: id.optional(),
    user_id: text.optional(),
    credits: z.number().nonnegative().max(AUTHORIZE.maxCredits).optional(),
    estimated_units: z
      .record(id, z.number().nonnegative().max(USAGE_BOUNDS.maxUnitAmount))
      .refine((units) => Object.keys(units).length <= USAGE_BOUNDS.maxUnits, 'has too many meters')
      .optional(),
    usage_labels: z
      .record(label, labelValue)
      .refine((labels) => Object.keys(labels).length <= USAGE_BOUNDS.maxLabels, 'has too many labels')
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

/** The body of a request, as it is sent. */
export type AuthorizationRequest = z.output<typeof schema>

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
  /** As the usage event will carry them; `undefined`: not said. */
  readonly labels: Labels | undefined
}

/** Throws `ApiError` 400 with the field that is wrong. */
export function parseAuthorization(body: Buffer): AuthorizationInput {
  const value = jsonOf(body)
  const data = readPlainRequest(value) ?? checkedRequest(value)
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
    labels: data.usage_labels,
  }
}

/** What the schema says of it. Throws as `parseAuthorization`. */
export function checkedRequest(value: unknown): AuthorizationRequest {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const field = issue?.path.join('.') ?? ''
  throw new ApiError(400, 'invalid_field', `${field === '' ? 'the body' : field}: ${issue?.message}`, {
    ...(field === '' ? {} : { field }),
    hint: 'see /openapi.json',
  })
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new ApiError(400, 'malformed_json', 'the body is no JSON', { cause })
  }
}
