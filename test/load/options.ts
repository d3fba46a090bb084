import { parseArgs } from 'node:util'

export type LoadTest = 'pressure' | 'soak'

export interface LoadOptions {
  readonly test: LoadTest
  readonly minutes: number
  /** Events a second; of `pressure`, twice what the pipeline sustains when left out. */
  readonly eventsPerSecond: number | undefined
}

const DEFAULTS = {
  pressure: { minutes: 10, eventsPerSecond: undefined },
  soak: { minutes: 20, eventsPerSecond: 500 },
} as const

export const USAGE = `pnpm test:load [--minutes 10] [--rate N]    twice the sustainable rate, and a burst: memory, refusals, losses, recovery
pnpm test:soak [--minutes 20] [--rate 500]  a steady rate: does the memory of any service grow?`

/** @throws TypeError with a sentence when the arguments cannot be used. */
export function readLoadOptions(args: readonly string[]): LoadOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { minutes: { type: 'string' }, rate: { type: 'string' } },
  })
  const [test] = positionals
  if (test !== 'pressure' && test !== 'soak') throw new TypeError('say pressure or soak')
  const defaults = DEFAULTS[test]
  return {
    test,
    minutes: positive('minutes', values.minutes) ?? defaults.minutes,
    eventsPerSecond: positive('rate', values.rate) ?? defaults.eventsPerSecond,
  }
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (!(value > 0)) throw new TypeError(`--${name} takes a number above 0`)
  return value
}
