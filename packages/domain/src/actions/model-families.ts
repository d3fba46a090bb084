/** Words for the sizes of a family, dearest first: a name differs from a cheaper relative's in one of them. */
const SIZES: readonly (readonly string[])[] = [
  ['opus', 'sonnet', 'haiku'],
  ['pro', 'flash', 'flash-lite'],
  ['large', 'medium', 'small'],
  ['', 'mini', 'nano'],
]

/**
 * Names of the same family and generation and a smaller size, whether or not there are such models: of `gpt-5`, `gpt-5-mini` and
 * `gpt-5-nano`. Another generation of the same size is no downgrade, and neither is another family.
 */
export function cheaperRelatives(model: string): string[] {
  const base = withoutSnapshot(model)
  const found = SIZES.flatMap((sizes) => {
    const at = sizeIn(base, sizes)
    if (at === undefined) return []
    return sizes.slice(at.index + 1).map((size) => at.rename(size))
  })
  return [...new Set(found)].filter((name) => name !== base)
}

/** `gpt-5-2025-08-07` and `claude-sonnet-4-5-20250929` are dated snapshots of what stands before. */
function withoutSnapshot(model: string): string {
  return model.replace(/-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$/, '')
}

function sizeIn(
  base: string,
  sizes: readonly string[],
): { readonly index: number; readonly rename: (size: string) => string } | undefined {
  const words = base.split('-')
  // The longest word first: `flash-lite` is not `flash`.
  const named = sizes
    .map((size, index) => ({ size: size === '' ? [] : size.split('-'), index }))
    .filter(({ size }) => size.length > 0)
    .sort((a, b) => b.size.length - a.size.length)
  for (const { size, index } of named) {
    const from = words.findIndex((_, i) => size.every((word, k) => words[i + k] === word))
    if (from === -1) continue
    return {
      index,
      rename: (next) =>
        [
          ...words.slice(0, from),
          ...(next === '' ? [] : next.split('-')),
          ...words.slice(from + size.length),
        ].join('-'),
    }
  }
  // A family whose largest has no word for its size.
  return sizes[0] === '' ? { index: 0, rename: (next) => `${base}-${next}` } : undefined
}
