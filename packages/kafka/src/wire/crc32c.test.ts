import { createRequire } from 'node:module'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { crc32c } from './crc32c.ts'

test('the check value of RFC 3720', () => {
  const bytes = Buffer.from('123456789')
  expect(crc32c(bytes, 0, bytes.length)).toBe(0xe3069283)
})

test('equals the one-byte-a-step checksum of the client for any range', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, skip) => {
      const start = Math.min(skip, bytes.length)
      expect(crc32c(bytes, start, bytes.length)).toBe(clientCrc32c(Buffer.from(bytes.subarray(start))))
    }),
  )
})

const clientCrc32c = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C') as (
  bytes: Buffer,
) => number
