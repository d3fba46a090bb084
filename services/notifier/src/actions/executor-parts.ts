import type { Clickhouse } from '@meterline/clickhouse'
import type { OrganizationView } from '@meterline/domain'

import type { OutgoingClient } from '../outgoing/outgoing-client.ts'
import type { ActionSettings } from './action-settings.ts'
import type { ControlClient } from './control-client.ts'

/** What the executors are made of. */
export interface ExecutorParts {
  readonly control: ControlClient
  readonly view: OrganizationView
  readonly clickhouse: Clickhouse | undefined
  readonly settings: ActionSettings
  /** For addresses of the configuration, which may be private. */
  readonly client: OutgoingClient
  readonly signal: AbortSignal
  readonly nowMs: () => number
}
