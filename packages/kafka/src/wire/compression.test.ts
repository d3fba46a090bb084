import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { KafkaError } from '../errors.ts'
import { decompress } from './compression.ts'
import { MAX_UNPACKED_BYTES } from './unpacked-bound.ts'
import { decodeRecordBatches } from './decode-batches.ts'
import { decompressLz4 } from './lz4.ts'
import { decompressSnappy } from './snappy.ts'

// Twelve records as Kafka 4.3.1's own producer compresses them.
const BATCHES = {
  lz4: 'AAAAAAAAAAAAAAEBAAAAAAKqviaUAAMAAAALAAABofygvIwAAAGh/KC+SwAAAAAAAA+gAAAAAAAAAAAADAQiTRhgQILBAAAA8w9kAAAAAVhsaW5lIDEgb2YgdGhlIHVzYWdlIGxvZywLAAMYAAImAGMAZgD+BgI0AB8yNAASETI0ABMENAAfMzQAEhEzNAATBjQAHzQ0ABIRNDQAEwg0AB81NAASETU0ABMKNAAfNjQAEhE2NAATDDQAHzc0ABIRNzQAEw40AB84NAASETg0ABMQNAAfOTQAEpI5AGoA/gYSAVyuAR8wNQASITEwNgAUFDYADwsCFBExNgAUFjYADw0CEVBlIDEyAAAAAAA=',
  snappy:
    'AAAAAAAAAAAAAAEHAAAAAALxZu+ZAAIAAAALAAABofyg3iEAAAGh/KDewwAAAAAAAA+hAAAAAAAAAAAADIJTTkFQUFkAAAAAAQAAAAEAAADC9QR0ZAAAAAFYbGluZSAxIG9mIHRoZSB1c2FnZSBsb2csDQsNGAkmFABmALoCAg00ADIRHHI0AAAyBTQABA00ADOSNAAAMwU0AAYNNAA0kjQAADQFNAAIDTQANZI0AAA1BTQACg00ADaSNAAYNgBmALwCDA00ADeSNAAANwU0AA4NNAA4kjQAGDgAZgDEAhANNAA5kjQAIDkAagDEAhIBXCmuADCSNQAEMTAFNgAUETaaCwIAMQU2ABYRNpYNAggxMgA=',
}

describe.each(Object.entries(BATCHES))('%s', (name, base64) => {
  test('what Kafka’s producer wrote is read', () => {
    const { records } = decodeRecordBatches(Buffer.from(base64, 'base64'), {
      partition: 0,
      fromOffset: 0,
      aborted: [],
    })
    expect(records.map((record) => record.value?.toString())).toEqual(
      Array.from({ length: 12 }, (_, i) => `line ${i + 1} of the usage log, usage of the line ${i + 1}`),
    )
  })

  test('what is kept of it is counted, and keeps little more than itself', () => {
    const bytes = Buffer.from(base64, 'base64')
    const { records, heldBytes } = decodeRecordBatches(bytes, { partition: 0, fromOffset: 0, aborted: [] })
    const content = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
    expect(heldBytes).toBeGreaterThan(content)
    expect(heldBytes).toBeLessThan(2 * content)
    // Node's pool is shared by whatever is small.
    expect(records[0]?.value?.buffer.byteLength).toBeLessThanOrEqual(Math.max(Buffer.poolSize, 2 * heldBytes))
  })

  test('cut off anywhere it is a RangeError or a beginning of the whole: never a hang, never wrong bytes', () => {
    const compressed = Buffer.from(base64, 'base64').subarray(61)
    const decompress = name === 'lz4' ? decompressLz4 : decompressSnappy
    const whole = decompress(compressed)
    const isSound = (length: number): boolean => {
      const outcome = attempt(() => decompress(compressed.subarray(0, length)))
      return outcome instanceof Buffer
        ? whole.subarray(0, outcome.length).equals(outcome)
        : outcome instanceof RangeError
    }
    const lengths = Array.from({ length: compressed.length - 17 }, (_, i) => 17 + i)
    expect(lengths.filter((length) => !isSound(length))).toEqual([])
  })
})

test('an unknown codec is damage, not a crash', () => {
  const batch = Buffer.from(BATCHES.lz4, 'base64')
  batch[22] = 7
  expect(() => decodeRecordBatches(batch, { partition: 0, fromOffset: 0, aborted: [] })).toThrow(KafkaError)
})

function attempt(run: () => Buffer): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

// A broker bounds what it stores, which is compressed.
describe('a batch that becomes larger than any batch may is refused', () => {
  const zeros = Buffer.alloc(MAX_UNPACKED_BYTES + 1)

  test.each([
    ['gzip', 1, gzipSync],
    ['zstd', 4, zstdCompressSync],
  ] as const)('%s', (_name, codec, compress) => {
    const bomb = compress(zeros)
    expect(bomb.length).toBeLessThan(1024 * 1024)
    expect(() => decompress(codec, bomb)).toThrow(/larger than/)
  })

  test('snappy, by its own word', () => {
    expect(() => decompress(2, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00]))).toThrow(/claims/)
  })
})
