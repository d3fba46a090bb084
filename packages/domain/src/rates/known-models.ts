import { distance } from 'fastest-levenshtein'

import type { RateCard } from './rate-card.ts'

/** The models that rate cards name, by name or prefix: what a policy about models is held against. */
export interface KnownModels {
  /** `name` may end in `*`: then whether a model that begins so may have a rate. */
  readonly has: (name: string) => boolean
  /** Those that it may have been meant for, the likeliest first; none for what is like no other. */
  readonly nearest: (name: string) => readonly string[]
}

const MAX_NEAREST = 3
/** One letter in four may be wrong, and two of a short name. */
const LETTERS_PER_MISTAKE = 4
const MISTAKES_OF_SHORT_NAMES = 2
/** Longer than the name of any event: it is like none of them. */
const MAX_COMPARED_LENGTH = 128

export function knownModels(cards: readonly RateCard[]): KnownModels {
  const names = [...new Set(cards.flatMap(({ entries }) => entries.flatMap(({ models }) => models)))].sort()
  const exact = new Set(names)
  const prefixes = names.filter(isPrefix).map(stem)
  return {
    has(name) {
      if (exact.has(name)) return true
      if (!isPrefix(name)) return prefixes.some((prefix) => name.startsWith(prefix))
      const begin = stem(name)
      return names.some((known) =>
        isPrefix(known)
          ? begin.startsWith(stem(known)) || stem(known).startsWith(begin)
          : known.startsWith(begin),
      )
    },
    nearest(name) {
      if (name.length > MAX_COMPARED_LENGTH) return []
      const wanted = letters(name)
      const most = Math.max(MISTAKES_OF_SHORT_NAMES, Math.floor(wanted.length / LETTERS_PER_MISTAKE))
      return names
        .filter((known) => Math.abs(letters(known).length - wanted.length) <= most)
        .map((known) => ({ known, mistakes: distance(letters(known), wanted) }))
        .filter(({ mistakes }) => mistakes <= most)
        .sort((a, b) => a.mistakes - b.mistakes || (a.known < b.known ? -1 : 1))
        .slice(0, MAX_NEAREST)
        .map(({ known }) => known)
    },
  }
}

function isPrefix(name: string): boolean {
  return name.endsWith('*')
}

function stem(name: string): string {
  return name.slice(0, -1)
}

/** As names are compared: a capital letter, or a `*` too many, is the likeliest mistake of all. */
function letters(name: string): string {
  return name.toLowerCase().replace(/-?\*$/, '')
}
