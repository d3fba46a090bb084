import { brokerError } from '../../../../packages/kafka/src/connection/internals.ts'

/** The brokers' own numbers, as the client reports them. */
export const refused = {
  outOfOrderSequence: () => brokerError(45),
  invalidProducerEpoch: () => brokerError(47),
  invalidTransactionState: () => brokerError(48),
  invalidProducerIdMapping: () => brokerError(49),
  concurrentTransactions: () => brokerError(51),
  unknownPartition: () => brokerError(3),
}

export const CODES = {
  outOfRange: 1,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  invalidTransactionState: 48,
} as const

/** As the client says it when a connection breaks before the answer. */
export function connectionClosed(): Error {
  return Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError' })
}
