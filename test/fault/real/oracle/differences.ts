const SHOWN = 5

/** Sentences for what is on one side only, a few examples each. */
export function setDifferences(
  what: string,
  sides: { readonly wanted: ReadonlySet<string>; readonly found: ReadonlySet<string> },
): string[] {
  const missing = [...sides.wanted].filter((each) => !sides.found.has(each))
  const surplus = [...sides.found].filter((each) => !sides.wanted.has(each))
  return [
    ...(missing.length === 0
      ? []
      : [`${what}: ${missing.length} missing (${missing.slice(0, SHOWN).join(', ')})`]),
    ...(surplus.length === 0
      ? []
      : [`${what}: ${surplus.length} too many (${surplus.slice(0, SHOWN).join(', ')})`]),
  ]
}

export function difference(
  what: string,
  sides: { readonly wanted: string | number; readonly found: string | number },
): string[] {
  return String(sides.wanted) === String(sides.found)
    ? []
    : [`${what}: ${sides.wanted} wanted, ${sides.found} found`]
}

/** Values that come more than once. */
export function repeated(values: Iterable<string>): string[] {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const value of values) (seen.has(value) ? twice : seen).add(value)
  return [...twice]
}
