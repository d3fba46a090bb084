const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

/**
 * Where the elements of a JSON array begin and end, in bytes. The array has to be valid JSON. UTF-8 keeps structural
 * characters apart from all others, so bytes are enough; nothing recurses.
 */
export function elementRanges(array: Buffer): [number, number][] {
  const ranges: [number, number][] = []
  let depth = 0
  let start = -1
  for (let at = 0; at < array.length; at++) {
    const byte = array[at] ?? 0
    if (byte === QUOTE) {
      if (start < 0) start = at
      at = endOfString(array, at)
    } else if (OPENING.has(byte)) {
      if (depth === 1 && start < 0) start = at
      depth += 1
    } else if (CLOSING.has(byte)) {
      depth -= 1
      if (depth === 0 && start >= 0) ranges.push(trimmed(array, start, at))
    } else if (byte === COMMA && depth === 1) {
      ranges.push(trimmed(array, start, at))
      start = -1
    } else if (depth === 1 && start < 0 && !isSpace(byte)) start = at
  }
  return ranges
}

function endOfString(array: Buffer, open: number): number {
  let at = open + 1
  while (at < array.length && array[at] !== QUOTE) at += array[at] === BACKSLASH ? 2 : 1
  return at
}

function trimmed(array: Buffer, start: number, end: number): [number, number] {
  let last = end
  while (last > start && isSpace(array[last - 1] ?? 0)) last -= 1
  return [start, last]
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
