import type { MeteredUsage } from '@meterline/domain'

/** A request that a correction names. */
export interface WantedRequest {
  readonly identity: string
  readonly apiKeyId: string
  readonly requestId: string
  /** Not metered before this time of the records' own clock. */
  readonly fromMs: number
  /** Whether `fromMs` is when it was metered, to two seconds; else it follows from what the correction says. */
  readonly isRemembered: boolean
}

/** Where meter reads what it has metered: the same partition of `usage.metered`. */
export interface Originals {
  /**
   * How these requests were metered at first, by identity. What is not found within the bounds of the search is left out.
   * Rejects when the log cannot be read now: then the batch is tried again.
   */
  find(partition: number, wanted: readonly WantedRequest[]): Promise<ReadonlyMap<string, MeteredUsage>>
  /** A metered record's value, in whatever version of the schema it was written. */
  decode(value: Buffer): Promise<MeteredUsage>
}

/** (`api_key_id`, `request_id`) is what a request is known by. Also the key of `meter.changelog`. */
export function identityOf(apiKeyId: string, requestId: string): string {
  return JSON.stringify([apiKeyId, requestId])
}
