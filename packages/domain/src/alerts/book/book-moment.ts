import type { AlertRoute } from '../alert-entities.ts'
import type { StandingMoment } from './alert-standing.ts'
import type { KeptAlert } from './kept-alerts.ts'
import type { QuietAlerts } from './quiet-alerts.ts'
import type { Said } from './said.ts'

/** What stands and what was said of it, at one moment. */
export interface BookMoment extends StandingMoment {
  readonly said: Said
  readonly quiet: QuietAlerts
  readonly routesOf: (kept: KeptAlert) => readonly AlertRoute[]
}
