import type { Labels } from '@meterline/domain'

import { ApiError } from '../http/api-error.ts'
import { checkedRequest } from './authorization-request.ts'
import { readPlainRequest } from './plain-request.ts'

const MICRO = 1_000_000

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

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new ApiError(400, 'malformed_json', 'the body is no JSON', { cause })
  }
}
