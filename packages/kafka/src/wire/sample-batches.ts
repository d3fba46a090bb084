import { crc32c } from './crc32c.ts'
import { encodeRecordBatch } from './encode-batch.ts'

// Record batches as brokers would hand them out, for tests of readers.

export function batchOf(of: {
  readonly baseOffset: number
  readonly values: readonly string[]
  readonly producerId?: number
  readonly transactional?: boolean
}): Buffer {
  const messages = of.values.map((value) => ({ key: null, value: Buffer.from(value) }))
  const header = { producerId: of.producerId ?? -1, producerEpoch: 0, baseSequence: 0, nowMs: 1_000 }
  return moveBatch(
    encodeRecordBatch(messages, { ...header, transactional: of.transactional ?? false }),
    of.baseOffset,
  )
}

export function abortMarker(of: { readonly offset: number; readonly producerId: number }): Buffer {
  return marker({ ...of, type: 0 })
}

export function commitMarker(of: { readonly offset: number; readonly producerId: number }): Buffer {
  return marker({ ...of, type: 1 })
}

/** What the log cleaner leaves of a batch without live records: its header. */
export function emptiedBatch(of: { readonly baseOffset: number; readonly lastOffset: number }): Buffer {
  const batch = Buffer.from(
    batchOf({ baseOffset: of.baseOffset, values: ['gone'] }).subarray(0, HEADER_BYTES),
  )
  batch.writeInt32BE(of.lastOffset - of.baseOffset, LAST_OFFSET_DELTA_AT)
  batch.writeInt32BE(0, COUNT_AT)
  return seal(batch)
}

export function moveBatch(batch: Buffer, baseOffset: number): Buffer {
  batch.writeBigInt64BE(BigInt(baseOffset), 0)
  return batch
}

export function compressBatch(batch: Buffer, codec: number, compress: (bytes: Buffer) => Buffer): Buffer {
  const compressed = Buffer.concat([batch.subarray(0, HEADER_BYTES), compress(batch.subarray(HEADER_BYTES))])
  compressed.writeInt16BE(compressed.readInt16BE(ATTRIBUTES_AT) | codec, ATTRIBUTES_AT)
  return seal(compressed)
}

function marker(of: { readonly offset: number; readonly producerId: number; readonly type: number }): Buffer {
  const key = Buffer.from([0, 0, 0, of.type])
  const header = {
    producerId: of.producerId,
    producerEpoch: 0,
    baseSequence: -1,
    transactional: true,
    nowMs: 1_000,
  }
  const batch = encodeRecordBatch([{ key, value: Buffer.alloc(6) }], header)
  batch.writeInt16BE(batch.readInt16BE(ATTRIBUTES_AT) | CONTROL, ATTRIBUTES_AT)
  return seal(moveBatch(batch, of.offset))
}

function seal(batch: Buffer): Buffer {
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeUInt32BE(crc32c(batch, ATTRIBUTES_AT, batch.length), 17)
  return batch
}

const ATTRIBUTES_AT = 21
const LAST_OFFSET_DELTA_AT = 23
const COUNT_AT = 57
const HEADER_BYTES = 61
const CONTROL = 0x20
