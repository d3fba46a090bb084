import type { IncomingMessage } from 'node:http'

const SMALLEST_BYTES = 64 * 1024

/** Bodies are put together here, each when its last byte has come: it is as large as the largest one was. */
let whole = Buffer.allocUnsafeSlow(SMALLEST_BYTES)

/**
 * Reads a body, whose length has a bound. What `then` gets is memory that the next body is written into; nothing else keeps the bytes
 * of a body while its request waits for an answer. Not told when the client goes away before the end: then nobody waits for one.
 */
export function readBody(request: IncomingMessage, then: (body: Buffer) => void): void {
  let pieces: Buffer[] = []
  request.on('data', (piece: Buffer) => void pieces.push(piece))
  request.on('end', () => {
    const body = together(pieces)
    pieces = []
    then(body)
  })
}

function together(pieces: readonly Buffer[]): Buffer {
  const [first] = pieces
  if (first !== undefined && pieces.length === 1) return first
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0)
  if (bytes > whole.length) whole = Buffer.allocUnsafeSlow(Math.max(bytes, 2 * whole.length))
  let at = 0
  for (const piece of pieces) at += piece.copy(whole, at)
  return whole.subarray(0, at)
}
