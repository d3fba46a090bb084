import type { ReservationRelease } from '@meterline/contract'
import { createOrganizationView, foldControlEvent } from '@meterline/domain'
import type { ControlEvent } from '@meterline/domain'
import { KafkaError } from '@meterline/kafka'
import { createLogger, createMetrics } from '@meterline/runtime'
import type { OutputBatch } from '@meterline/topology'
import type { FastifyInstance } from 'fastify'

import { createAuthorizations } from '../authorize/authorizations.ts'
import type { Authorizations } from '../authorize/authorizations.ts'
import { createKeyLabels } from '../admit/key-labels.ts'
import { createInFlight } from '../bounds/in-flight.ts'
import { createKeyRates } from '../bounds/key-rates.ts'
import { createTokenBucket } from '../bounds/token-bucket.ts'
import { gatewayEvents } from '../events.ts'
import type { EventLog } from '../gateway.ts'
import { createServer } from '../server.ts'
import { MemoryOwner } from './memory-owner.ts'
import { sampleOrganization } from './sample-organization.ts'
import type { SampleKey } from './sample-organization.ts'

export const NOW_MS = Date.parse('2026-11-21T04:00:00Z')
export const ADMIN_TOKEN = 'an-admin-token-of-length'

/** The whole HTTP side over a log that is an array: everything but Kafka is real. */
export interface MemoryGateway {
  readonly server: FastifyInstance
  readonly written: OutputBatch[]
  /** What other gateways are told to release. */
  readonly passedOn: readonly ReservationRelease[]
  readonly secrets: Readonly<Record<SampleKey, string>>
  failWith(code: 'unavailable' | 'full' | undefined): void
  passMs(ms: number): void
  readonly authorizations: Authorizations
  readonly owner: MemoryOwner
  /** Changes the organization. */
  change(...events: readonly ControlEvent[]): void
}

export function memoryGateway(
  options: {
    readonly keyEventsPerSecond?: number
    readonly maxInFlightBytes?: number
    /** In place of the array. */
    readonly log?: EventLog
    /** Gets every line of the log, down to `trace`. */
    readonly logTo?: { write(line: string): void }
  } = {},
): MemoryGateway {
  const { events, secrets } = sampleOrganization()
  const view = createOrganizationView()
  events.forEach((event, offset) => foldControlEvent(view, event, offset))
  const metrics = createMetrics('gateway')
  const logger = createLogger(
    options.logTo === undefined
      ? { name: 'gateway', level: 'silent' }
      : { name: 'gateway', level: 'trace', destination: options.logTo },
  )
  const written: OutputBatch[] = []
  const passedOn: ReservationRelease[] = []
  let failure: 'unavailable' | 'full' | undefined
  let nowMs = NOW_MS
  const owner = new MemoryOwner()
  const authorizations = createAuthorizations({
    view,
    post: owner,
    news: { send: async () => undefined },
    maxReservationMs: 300_000,
    processes: 1,
    nowMs: () => nowMs,
    dateMs: () => nowMs,
    onTrouble: (error) => {
      throw error
    },
  })
  owner.answers = (answer) => authorizations.hear(answer)
  const server = createServer(
    {
      view,
      keyLabels: createKeyLabels(view),
      adminToken: ADMIN_TOKEN,
      log: options.log ?? {
        async send(batches) {
          if (failure !== undefined) throw new KafkaError(failure, 'as the test wants it')
          written.push(...batches.map(copyOf))
        },
      },
      target: { schemaId: 7, eventPartitions: 8, rejectedPartitions: 8 },
      inFlight: createInFlight(options.maxInFlightBytes ?? 64 * 1024 * 1024),
      keyRates: createKeyRates(options.keyEventsPerSecond ?? 0),
      keptRefused: createTokenBucket({ perSecond: 1_000, burst: 10_000 }),
      authorizations,
      releases: {
        async send(release) {
          if (failure !== undefined) throw new KafkaError(failure, 'as the test wants it')
          passedOn.push(release)
        },
      },
      events: gatewayEvents({ logger, metrics }),
      nowMs: () => nowMs,
    },
    { probes: [], metrics },
  )
  return {
    server,
    written,
    passedOn,
    secrets,
    failWith: (code) => void (failure = code),
    passMs: (ms) => void (nowMs += ms),
    authorizations,
    owner,
    change(...changes) {
      for (const event of changes) foldControlEvent(view, event, view.offset + 1)
    },
  }
}

/** What is sent is memory that is used again. */
function copyOf({ topic, partition, messages }: OutputBatch): OutputBatch {
  const copies = messages.map((message) => ({
    ...message,
    value: message.value === null ? null : Buffer.from(message.value),
  }))
  return { topic, partition, messages: copies }
}
