import type { ClickhouseError } from '@meterline/clickhouse'

import type { SinkHalt } from './sink-halt.ts'
import type { RejectedRecord } from './source.ts'

interface At {
  readonly table: string
  readonly partition: number
}

/** What happens while loading, for logs and metrics. */
export interface LoadEvents {
  inserted(
    event: At & {
      readonly rows: number
      readonly bytes: number
      readonly durationMs: number
    },
  ): void
  /** The position moved past a range. */
  committed(event: At & { readonly nextOffset: number; readonly rows: number }): void
  /** WARN: tried again by itself. */
  attemptFailed(event: At & { readonly attempt: number; readonly error: ClickhouseError }): void
  /** The table was asked what had arrived. */
  settled(
    event: At & {
      readonly arrivedMonths: number
      readonly missingMonths: number
      readonly durationMs: number
    },
  ): void
  rangeSplit(event: At & { readonly from: number; readonly to: number; readonly rows: number }): void
  rejected(event: At & { readonly records: readonly RejectedRecord[] }): void
  /** ERROR: the partition stands still until a person has looked. */
  halted(event: At & { readonly error: SinkHalt }): void
}

/** Points after which a crash leaves something to find out. */
export type LoadStep = 'intent-committed' | 'block-stored' | 'position-committed'
