import { decodeSpendRecord, FRAME_BYTES } from '@meterline/contract'
import type { SpendRecord } from '@meterline/domain'
import type { LogRecord } from '@meterline/topology'

import { readBudgets } from './state/budget-policy.ts'

export type ReadSpend =
  | { readonly kind: 'spend'; readonly spend: SpendRecord }
  /** The record is none, and never will be: the answer depends on its bytes alone. */
  | { readonly kind: 'unreadable'; readonly error: unknown }

/** Reads a record of spend.delta so far that nothing in it can fail later. */
export function readSpend({ value }: LogRecord): ReadSpend {
  try {
    if (value === null) throw new TypeError('spend.delta holds no tombstones')
    const spend = decodeSpendRecord(value.subarray(FRAME_BYTES))
    if (spend.kind === 'policy') readBudgets(spend.policy)
    return { kind: 'spend', spend }
  } catch (error) {
    return { kind: 'unreadable', error }
  }
}
