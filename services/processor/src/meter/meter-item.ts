import type { MeteredUsage } from '@meterline/domain'
import type { LogRecord } from '@meterline/topology'

import type { AttributedLane } from './attribution/lane.ts'
import type { RateLine } from './rating/rate-line.ts'
import type { Scope } from './spend/scope-table.ts'
import { UsageScan } from './wire/usage-scan.ts'

/** What flows between the steps of meter: one object, filled anew for each record, and not to be kept. */
export interface MeterItem {
  record: LogRecord
  /** The event's bytes in the current schema, and where its fields lie. */
  readonly scan: UsageScan
  /** Who pays, for which model, and by which rates: from `attribute` on. */
  lane: AttributedLane | undefined
  model: Scope | undefined
  rateLine: RateLine | undefined
  user: Scope | undefined
  customer: Scope | undefined
  endpoint: Scope | undefined
  promptVersion: Scope | undefined
  product: Scope | undefined
  /** Of a correction: what stands so far for the request that it corrects. */
  standing: MeteredUsage | undefined
  /** Set by `rate`, to the metered record (of a correction, the replacement): only then is the request remembered as counted. */
  metered: Buffer | undefined
}

const NO_RECORD: LogRecord = {
  partition: -1,
  offset: -1,
  timestampMs: 0,
  key: null,
  value: null,
  headers: {},
}

export function createMeterItem(): MeterItem {
  return {
    record: NO_RECORD,
    scan: new UsageScan(),
    lane: undefined,
    model: undefined,
    rateLine: undefined,
    user: undefined,
    customer: undefined,
    endpoint: undefined,
    promptVersion: undefined,
    product: undefined,
    standing: undefined,
    metered: undefined,
  }
}
