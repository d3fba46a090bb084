import type { OutputMessage } from '@meterline/topology'
import { BATCH_HEADER_BYTES, messageSizeBound, RecordBatch, type BatchHeader } from './record-batch.ts'

/** One record batch of all messages. `nowMs` stands in for messages without a timestamp. */
export function encodeRecordBatch(
  messages: readonly OutputMessage[],
  header: BatchHeader & { readonly nowMs: number },
): Buffer {
  let maxBytes = BATCH_HEADER_BYTES
  for (const message of messages) maxBytes += messageSizeBound(message)
  const batch = new RecordBatch(Buffer.allocUnsafe(maxBytes))
  for (const message of messages) batch.append(message, header.nowMs)
  return batch.seal(header)
}
