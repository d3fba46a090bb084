import { MAX_UNPACKED_BYTES } from './unpacked-bound.ts'

/**
 * Decompresses an LZ4 frame (blocks independent or linked), as Java and librdkafka producers write it.
 * Source: the LZ4 frame format 1.6.4. Checksums are not verified: the batch's own CRC covers these bytes.
 */
export function decompressLz4(frame: Buffer): Buffer {
  if (frame.readUInt32LE(0) !== FRAME_MAGIC) throw new RangeError('not an LZ4 frame')
  const flags = frame[4]!
  const blockChecksums = (flags & 0x10) !== 0
  const maxBlockBytes = BLOCK_BYTES[(frame[5]! >> 4) & 7] ?? BLOCK_BYTES[7]!
  let at = 7 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0)
  let output = Buffer.allocUnsafe(Math.max(frame.length * 4, maxBlockBytes))
  let written = 0
  for (;;) {
    const size = frame.readUInt32LE(at)
    at += 4
    if (size === 0) return output.subarray(0, written)
    const length = size & 0x7fffffff
    if (at + length > frame.length) throw new RangeError('LZ4 block past the end')
    if (written > MAX_UNPACKED_BYTES)
      throw new RangeError(`LZ4 frame of more than ${MAX_UNPACKED_BYTES} bytes`)
    if (output.length < written + maxBlockBytes) {
      const larger = Buffer.allocUnsafe((written + maxBlockBytes) * 2)
      output.copy(larger, 0, 0, written)
      output = larger
    }
    const block = frame.subarray(at, at + length)
    if (size > 0x7fffffff) written += block.copy(output, written)
    else written = decompressLz4Block(block, output, written)
    at += length + (blockChecksums ? 4 : 0)
  }
}

function decompressLz4Block(block: Buffer, output: Buffer, start: number): number {
  let at = 0
  let to = start
  const lengthOf = (nibble: number): number => {
    let length = nibble
    if (nibble === 15) {
      let byte: number
      do {
        byte = block.readUInt8(at++)
        length += byte
      } while (byte === 255)
    }
    return length
  }
  while (at < block.length) {
    const token = block[at++]!
    const literals = lengthOf(token >> 4)
    if (at + literals > block.length || to + literals > output.length)
      throw new RangeError('LZ4 literals past the end')
    block.copy(output, to, at, at + literals)
    at += literals
    to += literals
    if (at >= block.length) return to
    const distance = block.readUInt16LE(at)
    at += 2
    const length = lengthOf(token & 15) + 4
    if (distance === 0 || distance > to || to + length > output.length)
      throw new RangeError('LZ4 match out of bounds')
    for (let from = to - distance, end = to + length; to < end;) output[to++] = output[from++]!
  }
  return to
}

const FRAME_MAGIC = 0x184d2204
const BLOCK_BYTES: Readonly<Record<number, number>> = { 4: 65_536, 5: 262_144, 6: 1_048_576, 7: 4_194_304 }
