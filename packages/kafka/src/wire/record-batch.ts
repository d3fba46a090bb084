import type { OutputMessage } from '@meterline/topology'
import { ByteWriter, varBytesSize, varintSize } from './byte-writer.ts'
import { crc32c } from './crc32c.ts'

export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface BatchHeader extends ProducerIdentity {
  readonly baseSequence: number
  readonly transactional: boolean
}

/**
 * One record batch (format 2), written message by message into one piece of memory.
 * The client's own encoder makes seven objects and buffers a record and takes five times as long.
 */
export class RecordBatch {
  #writer: ByteWriter
  /** Behind the last whole record: one that could not be written leaves nothing. */
  #end = BATCH_HEADER_BYTES
  #count = 0
  #baseTimestampMs = 0
  #maxTimestampMs = 0

  constructor(memory: Buffer) {
    this.#writer = new ByteWriter(memory)
  }

  get count(): number {
    return this.#count
  }

  get memory(): Buffer {
    return this.#writer.buffer
  }

  /** How much of its memory is written. */
  get bytes(): number {
    return this.#end
  }

  /** Goes on in a larger piece. */
  moveTo(memory: Buffer): void {
    this.memory.copy(memory, 0, 0, this.#end)
    this.#writer = new ByteWriter(memory)
  }

  /** The memory has to have `messageSizeBound(message)` left. `nowMs` stands in for a timestamp that the message lacks. */
  append(message: OutputMessage, nowMs: number): void {
    const timestampMs = message.timestampMs ?? nowMs
    if (this.#count === 0) this.#baseTimestampMs = this.#maxTimestampMs = timestampMs
    else if (timestampMs > this.#maxTimestampMs) this.#maxTimestampMs = timestampMs
    this.#writer.at = this.#end
    writeRecord(this.#writer, message, this.#count, timestampMs - this.#baseTimestampMs)
    this.#end = this.#writer.at
    this.#count += 1
  }

  /** The whole batch, in its memory. Nothing may be appended afterwards. */
  seal(header: BatchHeader): Buffer {
    const writer = this.#writer
    const end = this.#end
    writer.at = 0
    writer.int64(0)
    writer.int32(end - LENGTH_END)
    writer.int32(-1)
    writer.int8(2)
    writer.at = CRC_END
    writer.int16(header.transactional ? TRANSACTIONAL : 0)
    writer.int32(this.#count - 1)
    writer.int64(this.#baseTimestampMs)
    writer.int64(this.#maxTimestampMs)
    writer.int64(header.producerId)
    writer.int16(header.producerEpoch)
    writer.int32(header.baseSequence)
    writer.int32(this.#count)
    writer.at = CRC_END - 4
    writer.uint32(crc32c(writer.buffer, CRC_END, end))
    writer.at = end
    return writer.written()
  }
}

/** Never less than what the message takes in a batch: for bounds of batches and queues. */
export function messageSizeBound(message: OutputMessage): number {
  let bytes = RECORD_OVERHEAD_BYTES + lengthOf(message.key) + lengthOf(message.value)
  if (message.headers !== undefined) {
    for (const name in message.headers) {
      bytes += HEADER_OVERHEAD_BYTES + name.length * MAX_UTF8_BYTES + lengthOf(message.headers[name])
    }
  }
  return bytes
}

function writeRecord(
  writer: ByteWriter,
  message: OutputMessage,
  offsetDelta: number,
  timestampDelta: number,
): void {
  const { key, value, headers } = message
  let names: readonly string[] = NO_NAMES
  let headerBytes = 1
  if (headers !== undefined) {
    names = Object.keys(headers)
    headerBytes = varintSize(names.length)
    for (const name of names) headerBytes += varBytesSize(name) + varBytesSize(headers[name])
  }
  writer.varint(
    1 +
      varintSize(timestampDelta) +
      varintSize(offsetDelta) +
      varBytesSize(key) +
      varBytesSize(value) +
      headerBytes,
  )
  writer.int8(0)
  writer.varint(timestampDelta)
  writer.varint(offsetDelta)
  writer.varBytes(key)
  writer.varBytes(value)
  writer.varint(names.length)
  for (const name of names) {
    writer.varBytes(name)
    writer.varBytes(headers?.[name])
  }
}

function lengthOf(value: Buffer | string | null | undefined): number {
  if (value == null) return 0
  return typeof value === 'string' ? value.length * MAX_UTF8_BYTES : value.length
}

/** What a batch takes before its first record. */
export const BATCH_HEADER_BYTES = 61
const NO_NAMES: readonly string[] = []
const TRANSACTIONAL = 0x10
/** Base offset (8) and length (4): what the length field does not count. */
const LENGTH_END = 12
/** Leader epoch (4), magic (1) and the checksum (4) follow; the checksum covers all that comes after it. */
const CRC_END = 21
/** Length, attributes, two deltas, two lengths, header count at their largest. */
const RECORD_OVERHEAD_BYTES = 36
const HEADER_OVERHEAD_BYTES = 10
const MAX_UTF8_BYTES = 3
