import { encodeSpendRecord, frame, partitionForKey, TOPICS } from '@meterline/contract'
import type { LogWriter } from '@meterline/kafka'
import type { OutputBatch } from '@meterline/topology'

import { AUTHORIZE } from '../authorize/bounds.ts'
import type { LeasePost } from '../authorize/lease-desk.ts'

/** Writes to the partition in which burn keeps the scope. */
export function leasePost(
  writer: LogWriter,
  to: { readonly schemaId: number; readonly partitions: number },
): LeasePost {
  return {
    async send(records) {
      const batches = records.map((record): OutputBatch => ({
        topic: TOPICS.spendDelta.name,
        partition: partitionForKey(record.scope, to.partitions),
        messages: [
          {
            key: record.scope,
            value: frame(to.schemaId, encodeSpendRecord(record)),
            timestampMs: record.pane_start,
          },
        ],
      }))
      await writer.send(batches, { timeoutMs: AUTHORIZE.sendTimeoutMs })
    },
  }
}
