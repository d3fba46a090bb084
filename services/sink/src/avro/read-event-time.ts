/**
 * The event time of a `MeteredUsage` datum: its second field, after one string. `undefined` when it lies outside of what the
 * table can hold, or the bytes end too soon.
 */
export function readEventMs(datum: Buffer, start: number): number | undefined {
  const length = readLong(datum, start)
  if (length === undefined || length.value < 0) return undefined
  const time = readLong(datum, length.end + length.value)
  if (time === undefined || time.value < MIN_EVENT_MS || time.value >= MAX_EVENT_MS) return undefined
  return time.value
}

const MIN_EVENT_MS = 0
const MAX_EVENT_MS = Date.UTC(2100, 0, 1)
/** Enough for every integer below 2^53. */
const MAX_LONG_BYTES = 8

function readLong(bytes: Buffer, at: number): { readonly value: number; readonly end: number } | undefined {
  let zigzag = 0
  let scale = 1
  for (let end = at; end < at + MAX_LONG_BYTES; end += 1) {
    const byte = bytes[end]
    if (byte === undefined) return undefined
    zigzag += (byte & 0x7f) * scale
    scale *= 0x80
    if (byte < 0x80) {
      const value = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
      return { value, end: end + 1 }
    }
  }
  return undefined
}
