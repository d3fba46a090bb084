import { gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import kafkajs from 'kafkajs'
import { KafkaError } from '../errors.ts'
import { decompressLz4 } from './lz4.ts'
import { decompressSnappy } from './snappy.ts'
import { MAX_UNPACKED_BYTES } from './unpacked-bound.ts'

/**
 * Decompresses the records of a batch; `codec` is the number in the batch's attributes. Who keeps a part of the result keeps at
 * most twice its length in memory: unpackers begin with up to 4 MiB, whatever comes.
 */
export function decompress(codec: number, bytes: Buffer): Buffer {
  const decode = DECODERS[codec]
  if (decode === undefined) throw new KafkaError('damaged', `Compression codec ${codec} is not known`)
  const unpacked = decode(bytes)
  return unpacked.buffer.byteLength > 2 * unpacked.length ? Buffer.from(unpacked) : unpacked
}

/** Teaches the client itself (its own consumers and producers) the codecs it leaves out. Safe to call twice. */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: async (encoder: { readonly buffer: Buffer }) => zstdCompressSync(encoder.buffer),
    decompress: async (bytes: Buffer) => zstdDecompressSync(bytes, BOUND),
  })
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: () =>
      Promise.reject(new KafkaError('refused', 'Writing lz4 is not supported; use zstd or gzip')),
    decompress: async (bytes: Buffer) => decompressLz4(bytes),
  })
  CompressionCodecs[CompressionTypes.Snappy] = () => ({
    compress: () =>
      Promise.reject(new KafkaError('refused', 'Writing snappy is not supported; use zstd or gzip')),
    decompress: async (bytes: Buffer) => decompressSnappy(bytes),
  })
}

const BOUND = { maxOutputLength: MAX_UNPACKED_BYTES }

const DECODERS: Readonly<Record<number, (bytes: Buffer) => Buffer>> = {
  1: (bytes) => gunzipSync(bytes, BOUND),
  2: decompressSnappy,
  3: decompressLz4,
  4: (bytes) => zstdDecompressSync(bytes, BOUND),
}
