import { encodeSpendRecord, frame, partitionForKey } from '@meterline/contract'
import { type Rejection, scopeId, settingsOf } from '@meterline/domain'
import type { LogRecord, OutputMessage, StepContext } from '@meterline/topology'

import { countRejected } from './meter-counts.ts'
import type { MeterOptions } from './meter-options.ts'
import { rejectedMessage } from './rejected-message.ts'

/** Where a step puts what it does not let pass. Burn is told how much it was, once a batch: it is in no budget, and somebody has to know. */
export interface Rejections {
  add(record: LogRecord, rejection: Rejection, apiKeyId?: string): void
  endBatch(): void
}

export function createRejections(
  { counts, view, schemaIds, spendPartitions }: MeterOptions,
  emit: StepContext<OutputMessage>['emit'],
): Rejections {
  let requests = 0
  let lastMs = 0
  return {
    add(record, rejection, apiKeyId) {
      countRejected(counts, rejection.reason)
      emit('rejected', rejectedMessage(record, rejection, apiKeyId))
      requests += 1
      lastMs = record.timestampMs
    },
    endBatch() {
      if (requests === 0) return
      const organization = settingsOf(view)?.id
      if (organization !== undefined) {
        const scope = scopeId('org', organization)
        const told = encodeSpendRecord({ kind: 'rejected', scope, pane_start: ofOurTime(lastMs), requests })
        const key = Buffer.from(scope, 'utf8')
        const value = frame(schemaIds.spendDelta, told)
        emit('deltas', { key, value }, partitionForKey(key, spendPartitions))
      }
      requests = 0
    },
  }
}

/** A producer may write any time on its records; burn reads none before 1970 and from 2100 on. */
function ofOurTime(ms: number): number {
  return Math.min(Math.max(0, ms), Date.UTC(2100, 0, 1) - 1)
}
