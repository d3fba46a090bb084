import type { BodyFault } from '@meterline/contract'
import { ApiError } from '@meterline/http'

export { ApiError } from '@meterline/http'

const STATUS_OF_FAULT = {
  empty_body: 400,
  malformed_json: 400,
  too_many_events: 413,
  unsupported_media_type: 415,
} as const

export function bodyFaultError({ code, message, hint }: BodyFault): ApiError {
  return new ApiError(STATUS_OF_FAULT[code], code, message, hint === undefined ? {} : { hint })
}
