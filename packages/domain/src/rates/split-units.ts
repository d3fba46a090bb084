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
      if (isSplitOff(part, rates)) split[total] = (split[total] ?? 0) - (units[part] ?? 0)
      else delete split[part]
    }
  }
  return { kind: 'split', units: split }
}

/** The total that a meter is part of; `undefined` for a meter that stands alone. */
export function totalOf(meter: string): string | undefined {
  return Object.keys(PARTS).find((total) => PARTS[total]?.includes(meter))
}

/** Whether `splitUnits` takes a part out of its total, under these rates. */
export function isSplitOff(part: string, rates: Units): boolean {
  return part === ALWAYS_SPLIT || rates[part] !== undefined
}

function contradiction(total: string, all: number, parts: readonly string[], sum: number): SplitUnits {
  return {
    kind: 'contradiction',
    total,
    error: `units.${total} is ${all}, but its parts (${parts.join(', ')}) add up to ${sum}: send the total with its parts included`,
  }
}
