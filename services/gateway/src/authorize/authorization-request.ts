import { USAGE_BOUNDS } from '@meterline/domain'
import { z } from 'zod'

import { ApiError } from '../http/api-error.ts'
import { AUTHORIZE } from './bounds.ts'

const id = z.string().min(1).max(USAGE_BOUNDS.maxIdLength)
const text = z.string().min(1).max(USAGE_BOUNDS.maxTextLength)

const label = z.string().min(1).max(USAGE_BOUNDS.maxLabelLength)
const labelValue = z.string().max(USAGE_BOUNDS.maxLabelLength)

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

/** What the schema says of it. Throws `ApiError` 400 with the field that is wrong. */
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
