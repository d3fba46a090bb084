/**
 * Memory of record batches, used again: what is allocated for each batch anew survives the collections of the young generation
 * while it waits for the broker, and is then there until a full one.
 */
export interface BatchMemory {
  /** At least so many bytes, of any content. */
  take(bytes: number): Buffer
  /** Nobody may read or write it any more. */
  giveBack(memory: Buffer): void
}

/** Pieces of 16 KiB, 32, … 1 MiB; what is larger is not kept. */
export function createBatchMemory(maxSpareBytes: number): BatchMemory {
  const spare = new Map<number, Buffer[]>()
  let spareBytes = 0
  return {
    take(bytes) {
      const size = pieceFor(bytes)
      const piece = spare.get(size)?.pop()
      if (piece === undefined) return Buffer.allocUnsafeSlow(size)
      spareBytes -= size
      return piece
    },
    giveBack(memory) {
      const size = memory.length
      if (size > LARGEST_BYTES || spareBytes + size > maxSpareBytes) return
      const pieces = spare.get(size)
      if (pieces === undefined) spare.set(size, [memory])
      else pieces.push(memory)
      spareBytes += size
    },
  }
}

function pieceFor(bytes: number): number {
  if (bytes > LARGEST_BYTES) return bytes
  let size = SMALLEST_BYTES
  while (size < bytes) size *= 2
  return size
}

const SMALLEST_BYTES = 16 * 1024
const LARGEST_BYTES = 1024 * 1024
