import type { OutputMessage } from '@meterline/topology'

import { ByteWriter } from '../../../../packages/kafka/src/wire/byte-writer.ts'
import type { Decision } from '../../../../packages/kafka/src/write/transaction-decisions.ts'

/** A coordinator's record of a decision: Kafka's `TransactionLogKey` and the beginning of its `TransactionLogValue`, version 0. */
export function decisionMessage(
  transactionalId: string,
  { producerId, producerEpoch, outcome }: Decision,
): OutputMessage {
  const key = new ByteWriter(4 + transactionalId.length * 3)
  key.int16(0)
  key.string(transactionalId)
  const value = new ByteWriter(32)
  value.int16(0)
  value.int64(producerId)
  value.int16(producerEpoch)
  value.int32(0)
  value.int8(outcome === 'commit' ? PREPARE_COMMIT : PREPARE_ABORT)
  return { key: key.written(), value: value.written() }
}

const PREPARE_COMMIT = 2
const PREPARE_ABORT = 3
