/** What a broker reads of a record batch (format 2) before it appends it. */
export interface BatchHeader {
  readonly lastOffsetDelta: number
  readonly maxTimestampMs: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly count: number
  readonly isTransactional: boolean
}

const TRANSACTIONAL = 0x10

export function batchHeader(bytes: Buffer): BatchHeader {
  return {
    isTransactional: (bytes.readInt16BE(21) & TRANSACTIONAL) !== 0,
    lastOffsetDelta: bytes.readInt32BE(23),
    maxTimestampMs: Number(bytes.readBigInt64BE(35)),
    producerId: Number(bytes.readBigInt64BE(43)),
    producerEpoch: bytes.readInt16BE(51),
    baseSequence: bytes.readInt32BE(53),
    count: bytes.readInt32BE(57),
  }
}
