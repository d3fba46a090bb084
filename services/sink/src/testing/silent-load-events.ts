import type { LoadEvents } from '../exactly-once/load-events.ts'

const nothing = (): void => undefined

/** Nobody hears of what a loader does. */
export const SILENT_LOAD_EVENTS: LoadEvents = {
  inserted: nothing,
  committed: nothing,
  attemptFailed: nothing,
  settled: nothing,
  rangeSplit: nothing,
  rejected: nothing,
  halted: nothing,
}
