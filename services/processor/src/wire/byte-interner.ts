const INITIAL_SLOTS = 1024
const INITIAL_ARENA_BYTES = 32 * 1024
/** Of a slot: hash, start and end of the bytes in the arena, index of the value plus one (0 is empty). */
const SLOT_WORDS = 4

/**
 * Gives equal stretches of bytes the same value, made once: what follows from a key, a model or a set of labels is computed at
 * its first sight, and found by its bytes from then on, without decoding a string.
 */
export class ByteInterner<Value> {
  readonly #make: (bytes: Buffer) => Value
  #slots = new Int32Array(INITIAL_SLOTS * SLOT_WORDS)
  #arena = new Uint8Array(INITIAL_ARENA_BYTES)
  #arenaEnd = 0
  #values: Value[] = []

  constructor(make: (bytes: Buffer) => Value) {
    this.#make = make
  }

  get size(): number {
    return this.#values.length
  }

  clear(): void {
    this.#slots = new Int32Array(INITIAL_SLOTS * SLOT_WORDS)
    this.#arena = new Uint8Array(INITIAL_ARENA_BYTES)
    this.#arenaEnd = 0
    this.#values = []
  }

  of(bytes: Buffer, start: number, end: number): Value {
    const hash = hashOf(bytes, start, end)
    const slots = this.#slots
    const arena = this.#arena
    const mask = slots.length / SLOT_WORDS - 1
    let slot = (hash & mask) * SLOT_WORDS
    for (let value = slots[slot + 3]!; value > 0; value = slots[slot + 3]!) {
      if (slots[slot] === hash) {
        let at = slots[slot + 1]!
        if (slots[slot + 2]! - at === end - start) {
          let from = start
          while (from < end && arena[at] === bytes[from]) {
            at++
            from++
          }
          if (from === end) return this.#values[value - 1]!
        }
      }
      slot = ((slot / SLOT_WORDS + 1) & mask) * SLOT_WORDS
    }
    return this.#intern(Buffer.from(bytes.subarray(start, end)), hash, slot)
  }

  #intern(bytes: Buffer, hash: number, slot: number): Value {
    const value = this.#make(bytes)
    const start = this.#arenaEnd
    this.#arenaEnd += bytes.length
    if (this.#arenaEnd > this.#arena.length) {
      const larger = new Uint8Array(Math.max(this.#arena.length * 2, this.#arenaEnd))
      larger.set(this.#arena)
      this.#arena = larger
    }
    this.#arena.set(bytes, start)
    this.#values.push(value)
    this.#slots.set([hash, start, this.#arenaEnd, this.#values.length], slot)
    if (this.#values.length * 2 * SLOT_WORDS > this.#slots.length) this.#grow()
    return value
  }

  #grow(): void {
    const former = this.#slots
    const slots = new Int32Array(former.length * 2)
    const mask = slots.length / SLOT_WORDS - 1
    for (let from = 0; from < former.length; from += SLOT_WORDS) {
      if (former[from + 3] === 0) continue
      let slot = former[from]! & mask
      while (slots[slot * SLOT_WORDS + 3]! > 0) slot = (slot + 1) & mask
      slots.set(former.subarray(from, from + SLOT_WORDS), slot * SLOT_WORDS)
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
