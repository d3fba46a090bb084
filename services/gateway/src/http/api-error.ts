import type { BodyFault } from '@meterline/contract'

export interface ApiErrorBody {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly field?: string
    readonly hint?: string
  }
}

/** A refusal of the whole request, in the one shape that every error has. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(
    status: number,
    code: string,
    message: string,
    options: { readonly hint?: string; readonly retryAfterSeconds?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.hint = options.hint
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  body(): ApiErrorBody {
    const { code, message, hint } = this
    return { error: { code, message, ...(hint === undefined ? {} : { hint }) } }
  }
}

const STATUS_OF_FAULT = {
  empty_body: 400,
  malformed_json: 400,
  too_many_events: 413,
  unsupported_media_type: 415,
} as const

export function bodyFaultError({ code, message, hint }: BodyFault): ApiError {
  return new ApiError(STATUS_OF_FAULT[code], code, message, hint === undefined ? {} : { hint })
}
