const MAX_NAMED = 5

/** What is missing, not wanted, or there more than once; empty when both are the same. */
export function differences(what: string, expected: readonly string[], found: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const each of expected) counts.set(each, (counts.get(each) ?? 0) + 1)
  for (const each of found) counts.set(each, (counts.get(each) ?? 0) - 1)
  const missing = [...counts].filter(([, count]) => count > 0).map(([each]) => each)
  const surplus = [...counts].filter(([, count]) => count < 0).map(([each]) => each)
  return [...named(`${what} missing`, missing), ...named(`${what} too many`, surplus)]
}

function named(what: string, those: readonly string[]): string[] {
  if (those.length === 0) return []
  const more = those.length > MAX_NAMED ? ` and ${those.length - MAX_NAMED} more` : ''
  return [`${what}: ${those.slice(0, MAX_NAMED).join(', ')}${more}`]
}
