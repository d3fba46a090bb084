import type { DeliveryRecord } from '@meterline/contract'

import type { Outcome } from './outcome.ts'

/** What the engine tells about: log lines and metrics hang on it. */
export interface DeliveryReports {
  attempted(record: DeliveryRecord, outcome: Outcome): void
  full(fields: { readonly waiting: number }): void
}
