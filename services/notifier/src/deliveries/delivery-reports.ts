import type { DeliveryState } from '@meterline/contract'

import type { Outcome } from './outcome.ts'

/** What the engine tells about: log lines and metrics hang on it. */
export interface DeliveryReports {
  attempted(record: DeliveryState, outcome: Outcome, durationMs: number): void
  full(fields: { readonly waiting: number }): void
}
