import type { OrganizationView } from '@meterline/domain'
import type { OutputBatch } from '@meterline/topology'

import type { Authorizations } from './authorize/authorizations.ts'
import type { ReleasePost } from './authorize/release-post.ts'
import type { KeyLabels } from './admit/key-labels.ts'
import type { InFlight } from './bounds/in-flight.ts'
import type { KeyRates } from './bounds/key-rates.ts'
import type { TokenBucket } from './bounds/token-bucket.ts'
import type { GatewayEvents } from './events.ts'
import type { RecordTarget } from './ingest/record-batches.ts'

/**
 * Where records go. Resolves only when all of them are acknowledged by all in-sync replicas. Everything of them is read before it
 * returns: their bytes may be written again afterwards.
 */
export interface EventLog {
  send(batches: readonly OutputBatch[], options: { readonly timeoutMs: number }): Promise<void>
}

/** Everything that a request needs, put together in `main.ts`. */
export interface Gateway {
  readonly view: OrganizationView
  readonly keyLabels: KeyLabels
  readonly adminToken: string | undefined
  readonly log: EventLog
  readonly target: RecordTarget
  readonly inFlight: InFlight
  readonly keyRates: KeyRates
  /** Bytes of refused events that may still be kept. */
  readonly keptRefused: TokenBucket
  readonly authorizations: Authorizations
  readonly releases: ReleasePost
  readonly events: GatewayEvents
  nowMs(): number
}
