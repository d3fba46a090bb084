/** Seeded randomness: the same seed gives the same sequence on every machine. Not for secrets. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Whole number in [0, bound). */
  below(bound: number): number
  /** Log-normal with the given median; `sigma` is the deviation of the logarithm. */
  logNormal(median: number, sigma: number): number
  /** How many arrivals a Poisson process with that mean has. */
  poisson(mean: number): number
  pick<T>(weighted: readonly Weighted<T>[]): T
}

export type Weighted<T> = readonly [value: T, weight: number]

const POISSON_BY_NORMAL_FROM = 30

export function createRandom(seed: string): Random {
  const next = mulberry32(hash32(seed))
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    next,
    below: (bound) => Math.floor(next() * bound),
    logNormal: (median, sigma) => median * Math.exp(sigma * normal()),
    poisson: (mean) =>
      mean >= POISSON_BY_NORMAL_FROM
        ? Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()))
        : poissonByProduct(mean, next),
    pick: (weighted) => pick(weighted, next()),
  }
}

/** FNV-1a over UTF-16 units, then a final mix so that near seeds give far sequences. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** Tommy Ettinger's mulberry32 (public domain). */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** Knuth: multiply uniforms until their product falls below e^-mean. */
function poissonByProduct(mean: number, next: () => number): number {
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = next(); product > limit; product *= next()) count += 1
  return count
}

function pick<T>(weighted: readonly Weighted<T>[], uniform: number): T {
  const total = weighted.reduce((sum, [, weight]) => sum + weight, 0)
  let rest = uniform * total
  for (const [value, weight] of weighted) {
    rest -= weight
    if (rest < 0) return value
  }
  const last = weighted.at(-1)
  if (last === undefined) throw new RangeError('nothing to pick from')
  return last[0]
}
