import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'

import { sameText, textDigest } from './same-text.ts'

test.each(['', 'x', 'mlk_abc', 'é😀\u0000', 'long'.repeat(1_000)])(
  'the digest of %j is SHA-256 of its UTF-8',
  (text) => {
    expect(Buffer.from(textDigest(text))).toEqual(createHash('sha256').update(text, 'utf8').digest())
  },
)

test('two texts are the same, or they differ, whatever their lengths', () => {
  expect(sameText('a secret', 'a secret')).toBe(true)
  for (const other of ['a secreu', 'a secre', '', 'a secret '])
    expect(sameText('a secret', other)).toBe(false)
})

test('a digest takes no memory outside of the heap', () => {
  const before = process.memoryUsage().arrayBuffers
  const digests = Array.from({ length: 100_000 }, (_, at) => textDigest(String(at)))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan((digests.length * 32) / 4)
})
