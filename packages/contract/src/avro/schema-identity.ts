/** The schema text without white space and with sorted keys: two texts with the same identity are the same schema. */
export function schemaIdentity(schema: string): string {
  return JSON.stringify(sorted(JSON.parse(schema)))
}

/** Identity of the bytes that a schema writes and of what they mean: names, order, types, units; without docs and defaults. */
export function layoutIdentity(schema: string): string {
  return JSON.stringify(sorted(JSON.parse(schema), new Set(['doc', 'default', 'aliases', 'order'])))
}

function sorted(node: unknown, without: ReadonlySet<string> = new Set()): unknown {
  if (Array.isArray(node)) return node.map((item) => sorted(item, without))
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).filter(([key]) => !without.has(key))
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, value]) => [key, sorted(value, without)]))
}
