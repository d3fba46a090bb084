import type { StandingMoment } from './alert-standing.ts'
import type { Said } from './said.ts'

/** What stands and what was said of it, at one moment. */
export interface BookMoment extends StandingMoment {
  readonly said: Said
}
