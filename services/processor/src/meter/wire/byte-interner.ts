const INITIAL_SLOTS = 1024

/**
 * Gives equal stretches of bytes the same value, made once: what follows from a key, a model or a set of labels is computed at
 * its first sight, and found by its bytes from then on, without decoding a string.
 */
export class ByteInterner<Value> {
  readonly #make: (bytes: Buffer) => Value
  #slots = new Int32Array(INITIAL_SLOTS).fill(-1)
  #hashes: number[] = []
  #keys: Buffer[] = []
  #values: Value[] = []

  constructor(make: (bytes: Buffer) => Value) {
    this.#make = make
  }

  get size(): number {
    return this.#values.length
  }

  clear(): void {
    this.#slots = new Int32Array(INITIAL_SLOTS).fill(-1)
    this.#hashes = []
    this.#keys = []
    this.#values = []
  }

  of(bytes: Buffer, start: number, end: number): Value {
    const hash = hashOf(bytes, start, end)
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hash & mask
    for (let index = slots[slot]!; index >= 0; index = slots[slot]!) {
      if (this.#hashes[index] === hash && equal(this.#keys[index]!, bytes, start, end))
        return this.#values[index]!
      slot = (slot + 1) & mask
    }
    const key = Buffer.from(bytes.subarray(start, end))
    const value = this.#make(key)
    slots[slot] = this.#values.length
    this.#hashes.push(hash)
    this.#keys.push(key)
    this.#values.push(value)
    if (this.#values.length * 2 > slots.length) this.#grow()
    return value
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1)
    const mask = slots.length - 1
    for (const [index, hash] of this.#hashes.entries()) {
      let slot = hash & mask
      while (slots[slot]! >= 0) slot = (slot + 1) & mask
      slots[slot] = index
    }
    this.#slots = slots
  }
}

function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = end - start
  let at = start
  for (; at + 4 <= end; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    hash = Math.imul(hash ^ word, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x85ebca6b)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0xc2b2ae35)
  return hash ^ (hash >>> 13)
}

function equal(key: Buffer, bytes: Buffer, start: number, end: number): boolean {
  const length = end - start
  if (key.length !== length) return false
  for (let at = 0; at < length; at++) if (key[at] !== bytes[start + at]) return false
  return true
}
