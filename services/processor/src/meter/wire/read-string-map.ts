/**
 * Reads a map of strings that the scan has found well-formed: one block of names and values with lengths of at most two bytes.
 * A name that stands twice is told, since readers disagree on which value counts.
 */
export function readStringMap(bytes: Buffer): {
  readonly entries: Readonly<Record<string, string>>
  readonly repeated: string | undefined
} {
  const entries: Record<string, string> = {}
  let repeated: string | undefined
  let at = 0

  const length = (): number => {
    const low = bytes[at++]!
    return low < 0x80 ? low >> 1 : ((low & 0x7f) | (bytes[at++]! << 7)) >> 1
  }
  const text = (): string => {
    const size = length()
    at += size
    return bytes.toString('utf8', at - size, at)
  }
  const count = length()
  for (let entry = 0; entry < count; entry++) {
    const name = text()
    if (Object.hasOwn(entries, name)) repeated = name
    define(entries, name, text())
  }
  return { entries, repeated }
}

// `__proto__` is a name like any other.
function define(entries: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(entries, name, { value, enumerable: true, configurable: true, writable: true })
}
