import { MAX_UNPACKED_BYTES } from './unpacked-bound.ts'

/**
 * Decompresses snappy, raw or in the framing of xerial's Java library ("\x82SNAPPY\0"), which Kafka's Java producer uses.
 * Source: google/snappy format_description.txt.
 */
export function decompressSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return decompressRaw(bytes)
  const blocks: Buffer[] = []
  let total = 0
  let at = XERIAL_HEADER_BYTES
  while (at < bytes.length) {
    const length = bytes.readInt32BE(at)
    const block = decompressRaw(bytes.subarray(at + 4, at + 4 + length))
    total += block.length
    if (total > MAX_UNPACKED_BYTES)
      throw new RangeError(`snappy blocks of more than ${MAX_UNPACKED_BYTES} bytes`)
    blocks.push(block)
    at += 4 + length
  }
  return Buffer.concat(blocks)
}

function decompressRaw(bytes: Buffer): Buffer {
  let at = 0
  let size = 0
  for (let shift = 0; ; shift += 7) {
    const byte = bytes.readUInt8(at++)
    size += (byte & 127) * 2 ** shift
    if (byte < 128) break
  }
  if (size > MAX_UNPACKED_BYTES) throw new RangeError(`snappy block claims ${size} bytes`)
  const output = Buffer.allocUnsafe(size)
  let to = 0
  while (at < bytes.length) {
    const tag = bytes[at++]!
    const kind = tag & 3
    if (kind === 0) {
      let length = tag >> 2
      if (length >= 60) {
        const width = length - 59
        length = bytes.readUIntLE(at, width)
        at += width
      }
      length += 1
      if (at + length > bytes.length || to + length > size)
        throw new RangeError('snappy literal past the end')
      bytes.copy(output, to, at, at + length)
      at += length
      to += length
      continue
    }
    const length = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    const width = kind === 1 ? 1 : kind === 2 ? 2 : 4
    const distance = bytes.readUIntLE(at, width) + (kind === 1 ? (tag >> 5) * 256 : 0)
    at += width
    if (distance === 0 || distance > to || to + length > size)
      throw new RangeError('snappy copy out of bounds')
    for (let from = to - distance, end = to + length; to < end;) output[to++] = output[from++]!
  }
  if (to !== size) throw new RangeError('snappy block is shorter than it says')
  return output
}

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const XERIAL_HEADER_BYTES = 16
