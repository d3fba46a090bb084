import type { SpendView } from '@meterline/domain'

import type { Originals } from './corrections/originals.ts'
import type { MeterCounts } from './meter-counts.ts'
import type { EventSchemas } from './wire/read-event.ts'

/** What meter knows of the world: handed in by the composition root, and ready before each batch (`prepare`). */
export interface MeterOptions {
  /** Must not change within a batch; what follows from it is made anew when its `meteringOffset` has grown. */
  readonly view: SpendView
  readonly schemas: EventSchemas
  /** Ids under which what meter writes is registered. */
  readonly schemaIds: { readonly meteredUsage: number; readonly spendDelta: number }
  readonly spendPartitions: number
  /** Of `usage.events`: to tell a correction that came to another partition than its original from one that has none. */
  readonly eventPartitions: number
  readonly originals: Originals
  /** How long a request is remembered, counted by the timestamps of the records. */
  readonly dedupWindowMs: number
  /** Four 32-bit numbers that senders do not know: they cannot make another's request look like theirs. */
  readonly hashSeeds?: Int32Array
  readonly counts: MeterCounts
}
