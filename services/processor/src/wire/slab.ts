const SLAB_BYTES = 256 * 1024

/**
 * Memory for what a batch writes: one allocation for hundreds of records. A slab is never written again once it was handed out,
 * so the pieces stay valid for as long as somebody holds them.
 */
export class Slab {
  bytes = Buffer.allocUnsafeSlow(SLAB_BYTES)
  /** Where the next piece begins. */
  position = 0

  /** Makes sure that `size` bytes fit at `position`. */
  reserve(size: number): void {
    if (this.position + size <= this.bytes.length) return
    this.bytes = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, size))
    this.position = 0
  }

  /** Hands out what was written from `position` to `end`. */
  take(end: number): Buffer {
    const piece = this.bytes.subarray(this.position, end)
    this.position = end
    return piece
  }
}
