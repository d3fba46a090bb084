import type { DeliveryState } from '@meterline/contract'

import type { Outcome } from './outcome.ts'

/** What the engine tells about: log lines and metrics hang on it. */
export interface DeliveryReports {
  attempted(record: DeliveryState, outcome: Outcome, durationMs: number): void
  /** Given up, by an attempt or because its channel is disabled. `announcedTo`: the channel that is told of it, if one is. */
  dead(record: DeliveryState, announcedTo: string | undefined): void
  full(fields: { readonly waiting: number }): void
}
