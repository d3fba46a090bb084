import { USAGE_BOUNDS } from '@meterline/domain'

import type { AuthorizationRequest } from './authorization-request.ts'
import { AUTHORIZE } from './bounds.ts'

type Fields = { -readonly [K in keyof AuthorizationRequest]?: AuthorizationRequest[K] }

const MIN_TTL_SECONDS = AUTHORIZE.minReservationMs / 1_000

/**
 * The usual request, read without the schema: that costs a tenth of an authorization. `undefined` where there is any doubt, so that the schema
 * decides, and finds the words for what is wrong.
 */
export function readPlainRequest(value: unknown): AuthorizationRequest | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const fields: Fields = {}
  const sent = value as Readonly<Record<string, unknown>>
  // Names of what JSON made are all its own.
  for (const name in sent) {
    const field = sent[name]
    switch (name) {
      case 'request_id':
      case 'model':
      case 'provider':
      case 'api_key':
        if (!isText(field, USAGE_BOUNDS.maxIdLength)) return undefined
        fields[name] = field
        break
      case 'service_tier':
      case 'user_id':
        if (!isText(field, USAGE_BOUNDS.maxTextLength)) return undefined
        fields[name] = field
        break
      case 'credits':
        if (!isAmount(field, AUTHORIZE.maxCredits)) return undefined
        fields.credits = field
        break
      case 'ttl_seconds':
        if (!isAmount(field, Number.MAX_VALUE) || field < MIN_TTL_SECONDS) return undefined
        fields.ttl_seconds = field
        break
      case 'estimated_units':
        if (!isUnits(field)) return undefined
        fields.estimated_units = field
        break
      default:
        // Labels are rare, and an unknown field is refused in the schema's words.
        return undefined
    }
  }
  const { request_id, model, credits, estimated_units } = fields
  if (request_id === undefined || model === undefined) return undefined
  if ((credits === undefined) === (estimated_units === undefined)) return undefined
  return { ...fields, request_id, model }
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxLength
}

function isAmount(value: unknown, max: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= max
}

function isUnits(value: unknown): value is Record<string, number> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const amounts = value as Readonly<Record<string, unknown>>
  let meters = 0
  for (const meter in amounts) {
    meters += 1
    if (meter === '__proto__' || !isText(meter, USAGE_BOUNDS.maxIdLength)) return false
    if (!isAmount(amounts[meter], USAGE_BOUNDS.maxUnitAmount)) return false
  }
  return meters <= USAGE_BOUNDS.maxUnits
}
