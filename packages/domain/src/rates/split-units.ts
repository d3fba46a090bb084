import type { Units } from '../usage/usage-event.ts'

/** Meters that are part of a total. The cached part always is a meter of its own; the others where the card prices them. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  tokens_input: [
    'tokens_input_cached',
    'tokens_input_cache_write',
    'tokens_input_cache_write_1h',
    'tokens_input_audio',
  ],
  tokens_output: ['tokens_output_audio'],
}
const ALWAYS_SPLIT = 'tokens_input_cached'

export type SplitUnits =
  | { readonly kind: 'split'; readonly units: Units }
  | { readonly kind: 'contradiction'; readonly total: string; readonly error: string }

/**
 * Takes the parts that have a rate of their own out of their totals, so that nothing is counted twice. A part without a rate
 * of its own (a cache write, where writing costs what reading does) stays in the total and is not listed.
 */
export function splitUnits(units: Units, rates: Units): SplitUnits {
  const split: Record<string, number> = { ...units }
  for (const [total, parts] of Object.entries(PARTS)) {
    const reported = parts.filter((part) => units[part] !== undefined)
    const sum = reported.reduce((sum, part) => sum + (units[part] ?? 0), 0)
    const all = units[total] ?? 0
    if (sum > all) return contradiction(total, all, reported, sum)
    for (const part of reported) {
      if (part === ALWAYS_SPLIT || rates[part] !== undefined)
        split[total] = (split[total] ?? 0) - (units[part] ?? 0)
      else delete split[part]
    }
  }
  return { kind: 'split', units: split }
}

/** The meters that `splitUnits` may take out of `total`. */
export const partsOf = (total: string): readonly string[] => PARTS[total] ?? []

function contradiction(total: string, all: number, parts: readonly string[], sum: number): SplitUnits {
  return {
    kind: 'contradiction',
    total,
    error: `units.${total} is ${all}, but its parts (${parts.join(', ')}) add up to ${sum}: send the total with its parts included`,
  }
}
