import type { OrganizationView } from '@meterline/domain'
import { createLogWriter, type KafkaClient } from '@meterline/kafka'

import { type Authorizations, createAuthorizations, startTending } from '../authorize/authorizations.ts'
import type { GatewayConfig } from '../config.ts'
import type { ReleasePost } from '../authorize/release-post.ts'
import { followLeases } from './follow-leases.ts'
import { followReleases } from './follow-releases.ts'
import { leasePost } from './lease-post.ts'
import { releasePost } from './release-post.ts'
import { spendPartitions } from './spend-partitions.ts'

export interface RunningAuthorizations {
  readonly authorizations: Authorizations
  readonly releases: ReleasePost
  /** Gives back what is free, and stops listening. */
  stop(): Promise<void>
}

/**
 * Ties authorizations to the owners of the scopes: requests on spend.delta, answers on spend.lease; and to the other gateways, for
 * what one of them is told to release and another holds, and whose usage came through another one, on spend.release.
 */
export async function startAuthorizations(
  kafka: KafkaClient,
  options: {
    readonly view: OrganizationView
    readonly config: GatewayConfig
    /** Of the schema of spend.delta. */
    readonly schemaId: number
    readonly dateMs: () => number
    readonly onTrouble: (error: unknown) => void
    readonly onFatal: (error: unknown) => void
  },
): Promise<RunningAuthorizations> {
  const { view, config, schemaId, dateMs, onTrouble } = options
  // A writer of its own: a lease does not wait behind a crowd of events.
  const writer = createLogWriter(kafka, { onTrouble })
  const releases = releasePost(writer)
  const authorizations = createAuthorizations({
    view,
    news: releases,
    post: leasePost(writer, { schemaId, partitions: await spendPartitions(kafka.reads) }),
    maxReservationMs: config.GATEWAY_MAX_RESERVATION_SECONDS,
    processes: config.GATEWAY_PROCESSES,
    nowMs: () => performance.now(),
    dateMs,
    onTrouble,
  })
  const followers = [
    await followLeases(kafka, { onAnswer: (answer) => authorizations.hear(answer), onTrouble }),
    await followReleases(kafka, { onLetter: (letter) => authorizations.hearGateway(letter), onTrouble }),
  ]
  for (const { done } of followers) done.catch(options.onFatal)
  const tending = startTending(authorizations)
  return {
    authorizations,
    releases,
    async stop() {
      tending.stop()
      await authorizations.close()
      await Promise.all(followers.map((follower) => follower.stop()))
      await writer.close()
    },
  }
}
