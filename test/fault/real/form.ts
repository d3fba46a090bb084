/** How long and how hard a run is. The seed decides the order of the faults, their victims and all traffic. */
export interface Form {
  readonly name: 'short' | 'long'
  readonly seed: number
  /** Distinct valid events that are sent at least; traffic goes on until the last fault is over. */
  readonly events: number
  readonly eventsPerSecond: number
  /** How many faults are drawn from the catalogue; all when left out. */
  readonly draw: number | undefined
  /** Faults by name, instead of a draw. */
  readonly only: readonly string[] | undefined
  /** How long a server stays away: longer than any retry budget in the long form. */
  readonly outageMs: number
  /** Longer than the session timeout of the consumer groups (10 s). */
  readonly freezeMs: number
  /** The run ends by then, with a failure and without leaving anything behind. */
  readonly deadlineMs: number
}

const SHORT = {
  name: 'short',
  events: 12_000,
  eventsPerSecond: 250,
  draw: 5,
  outageMs: 12_000,
  freezeMs: 12_000,
  deadlineMs: 600_000,
} as const
const LONG = {
  name: 'long',
  events: 100_000,
  eventsPerSecond: 250,
  draw: undefined,
  outageMs: 60_000,
  freezeMs: 15_000,
  deadlineMs: 2_700_000,
} as const

/**
 * `FAULT_FORM=long`, `SEED=7`, `FAULTS=kill-sink,disk-full` (these alone, in a seeded order), `FAULT_EVENTS=20000`. Without a
 * seed: the same one each time, so that what CI runs today it runs tomorrow.
 */
export function readForm(env: NodeJS.ProcessEnv): Form {
  const form = env['FAULT_FORM'] === 'long' ? LONG : SHORT
  const only = env['FAULTS']?.split(',').map((name) => name.trim())
  return {
    ...form,
    seed: wholeNumber(env, 'SEED') ?? 1,
    events: wholeNumber(env, 'FAULT_EVENTS') ?? form.events,
    only,
  }
}

function wholeNumber(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = env[name]
  if (text === undefined || text === '') return undefined
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError(`${name} is a whole number, not ${text}`)
  return value
}
