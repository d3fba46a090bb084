import type { Clickhouse } from '@meterline/clickhouse'
import type { SpendTotals } from '@meterline/domain'

import type { LoginLimits } from './auth/login-limits.ts'
import type { OidcSignIn } from './auth/oidc.ts'
import type { Sessions } from './auth/sessions.ts'
import type { ControlEvents } from './events.ts'
import type { CommandLog } from './log/command-log.ts'

/** Everything that a request needs, put together in `start-control.ts`. */
export interface Control {
  readonly log: CommandLog
  readonly clickhouse: Clickhouse
  readonly sessions: Sessions
  readonly loginLimits: LoginLimits
  /** `undefined` where no provider is configured. */
  readonly oidc: OidcSignIn | undefined
  readonly adminToken: string | undefined
  readonly hasSecureCookies: boolean
  /** What burn says that each scope has spent by month. */
  readonly totals: SpendTotals
  readonly events: ControlEvents
  nowMs(): number
}
