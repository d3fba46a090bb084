import type { LogRecord, RecordHeaders } from '@meterline/topology'
import { KafkaError } from '../errors.ts'
import { ByteReader } from './byte-reader.ts'
import { decompress } from './compression.ts'
import { crc32c } from './crc32c.ts'

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export interface DecodedBatches {
  readonly records: LogRecord[]
  /** Where to read on: after the last whole batch, whatever was in it (markers, aborted records, nothing). */
  readonly nextOffset: number
  /** What stays in memory while one of the records does: all of `bytes`, unless each batch was packed, and what was unpacked. */
  readonly heldBytes: number
}

interface Wanted {
  readonly partition: number
  readonly fromOffset: number
  readonly aborted: readonly AbortedTransaction[]
}

/**
 * The committed records at or after `fromOffset` in the record batches of one fetch answer; a batch that is cut off at the end is left.
 *
 * Decided batch by batch, as brokers write them: a producer's batches between its aborted transaction's first offset and its
 * abort marker are left out. Keys and values are views of `bytes`.
 * @throws KafkaError `damaged` on a wrong checksum or a record that does not parse.
 */
export function decodeRecordBatches(bytes: Buffer, wanted: Wanted): DecodedBatches {
  const records: LogRecord[] = []
  const aborted = createAbortFilter(wanted.aborted)
  let nextOffset = wanted.fromOffset
  let unpackedBytes = 0
  let areViews = false
  let at = 0
  while (at + HEADER_BYTES <= bytes.length) {
    const batch = readHeader(bytes, at)
    if (batch.end > bytes.length) break
    if (batch.magic !== 2) throw damaged(batch, `record format ${batch.magic} is not supported`)
    if (crc32c(bytes, at + CRC_END, batch.end) !== batch.crc) throw damaged(batch, 'checksum differs')
    const dropped = aborted(batch, bytes, at)
    if (!dropped && !batch.control && batch.lastOffset >= wanted.fromOffset) {
      const unpacked = readRecords(bytes.subarray(at + HEADER_BYTES, batch.end), { batch, wanted, records })
      if (unpacked === undefined) areViews = true
      else unpackedBytes += unpacked.length
    }
    if (batch.lastOffset >= nextOffset) nextOffset = batch.lastOffset + 1
    at = batch.end
  }
  return { records, nextOffset, heldBytes: unpackedBytes + (areViews ? bytes.length : 0) }
}

/** Where the last whole batch ends: a broker cuts the one after it off where the partition's share of an answer ends. */
export function wholeBatchesEnd(bytes: Buffer): number {
  let at = 0
  while (at + LENGTH_END <= bytes.length) {
    const end = at + LENGTH_END + bytes.readInt32BE(at + LENGTH_AT)
    // No batch is that short: the decoder has the words for it.
    if (end < at + HEADER_BYTES) return bytes.length
    if (end > bytes.length) break
    at = end
  }
  return at
}

interface BatchHeader {
  readonly end: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly magic: number
  readonly crc: number
  readonly attributes: number
  readonly control: boolean
  readonly transactional: boolean
  readonly baseTimestampMs: number
  readonly maxTimestampMs: number
  readonly producerId: number
  readonly count: number
}

function readHeader(bytes: Buffer, at: number): BatchHeader {
  const reader = new ByteReader(bytes, at)
  const baseOffset = reader.int64()
  const length = reader.int32()
  reader.at += 4
  const magic = reader.int8()
  const crc = reader.uint32()
  const attributes = reader.int16()
  const lastOffset = baseOffset + reader.int32()
  const baseTimestampMs = reader.int64()
  const maxTimestampMs = reader.int64()
  const producerId = reader.int64()
  reader.at += 6
  const count = reader.int32()
  return {
    end: at + LENGTH_END + length,
    baseOffset,
    lastOffset,
    magic,
    crc,
    attributes,
    control: (attributes & CONTROL) !== 0,
    transactional: (attributes & TRANSACTIONAL) !== 0,
    baseTimestampMs,
    maxTimestampMs,
    producerId,
    count,
  }
}

/** Says of each batch, asked in log order, whether it belongs to an aborted transaction. */
function createAbortFilter(
  aborted: readonly AbortedTransaction[],
): (batch: BatchHeader, bytes: Buffer, at: number) => boolean {
  // Brokers list them by the end of the transaction; interleaved ones must be entered by their first offset.
  const entering = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  const inside = new Set<number>()
  let next = 0
  return (batch, bytes, at) => {
    while (next < entering.length && entering[next]!.firstOffset <= batch.lastOffset) {
      inside.add(entering[next++]!.producerId)
    }
    if (batch.control) {
      if (isAbortMarker(bytes, at + HEADER_BYTES)) inside.delete(batch.producerId)
      return true
    }
    return batch.transactional && inside.has(batch.producerId)
  }
}

function isAbortMarker(bytes: Buffer, at: number): boolean {
  const reader = new ByteReader(bytes, at)
  reader.varint()
  reader.int8()
  reader.varint()
  reader.varint()
  const key = reader.varBytes()
  return key !== null && key.length >= 4 && key.readInt16BE(2) === 0
}

/** Answers what it unpacked, if it did: the records are views of that. */
function readRecords(
  bytes: Buffer,
  into: { readonly batch: BatchHeader; readonly wanted: Wanted; readonly records: LogRecord[] },
): Buffer | undefined {
  const { batch, wanted, records } = into
  const codec = batch.attributes & CODEC_MASK
  const appendTime = (batch.attributes & LOG_APPEND_TIME) !== 0
  try {
    const unpacked = codec === 0 ? undefined : decompress(codec, bytes)
    const reader = new ByteReader(unpacked ?? bytes)
    for (let index = 0; index < batch.count; index++) {
      const end = reader.varint() + reader.at
      reader.at += 1
      const timestampMs = batch.baseTimestampMs + reader.varint()
      const offset = batch.baseOffset + reader.varint()
      const key = reader.varBytes()
      const value = reader.varBytes()
      const headers = readHeaders(reader)
      if (reader.at !== end) throw new RangeError(`record ${index} does not end where it says`)
      if (offset < wanted.fromOffset) continue
      records.push({
        partition: wanted.partition,
        offset,
        timestampMs: appendTime ? batch.maxTimestampMs : timestampMs,
        key,
        value,
        headers,
      })
    }
    return unpacked
  } catch (error) {
    throw damaged(batch, 'records do not parse', error)
  }
}

function readHeaders(reader: ByteReader): RecordHeaders {
  const count = reader.varint()
  if (count === 0) return NO_HEADERS
  const headers: Record<string, Buffer | undefined> = {}
  for (let index = 0; index < count; index++) {
    const name = reader.varBytes()?.toString() ?? ''
    const value = reader.varBytes() ?? undefined
    // Assigned, it would be the prototype of the others.
    if (name === '__proto__') Object.defineProperty(headers, name, { value, enumerable: true })
    else headers[name] = value
  }
  return headers
}

function damaged(batch: BatchHeader, what: string, cause?: unknown): KafkaError {
  return new KafkaError('damaged', `Record batch at offset ${batch.baseOffset}: ${what}`, { cause })
}

const NO_HEADERS: RecordHeaders = Object.freeze({})
const HEADER_BYTES = 61
const LENGTH_AT = 8
const LENGTH_END = 12
const CRC_END = 21
const CODEC_MASK = 0x07
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
