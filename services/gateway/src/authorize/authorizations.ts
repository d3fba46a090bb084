import type { ReservationRelease } from '@meterline/contract'
import type { LeaseAnswer, OrganizationView } from '@meterline/domain'
import { randomUUID } from 'node:crypto'

import { Authorizer } from './authorizer.ts'
import { AUTHORIZE } from './bounds.ts'
import { createEstimate } from './estimate.ts'
import { createKeyRules } from './key-rules.ts'
import { LeaseDesk, type LeasePost } from './lease-desk.ts'
import { Reservations } from './reservations.ts'
import { createSubjects } from './subject.ts'

export interface AuthorizationsOptions {
  readonly view: OrganizationView
  readonly post: LeasePost
  /** The longest that a reservation may last. */
  readonly maxReservationMs: number
  /** Gateways that share what a rate rule allows. */
  readonly processes: number
  /** Monotonic. */
  readonly nowMs: () => number
  readonly dateMs: () => number
  readonly onTrouble: (error: unknown) => void
}

/** Everything about authorizations in one process: who may spend, what is reserved, and the slices it is taken from. */
export interface Authorizations {
  /** Names this process: the ids of its reservations begin with it. */
  readonly gatewayId: string
  readonly authorizer: Authorizer
  /** The owner of a scope has answered. */
  hear(answer: LeaseAnswer): void
  /** Usage of this request stands in usage.events, acknowledged. */
  settle(apiKeyId: string, requestId: string): void
  /** False: nothing is reserved for it here, or it is not the reservation of this id. */
  release(apiKeyId: string, requestId: string, reservationId?: string): boolean
  /** Another gateway was told to release one of the reservations of this process. */
  hearRelease(release: ReservationRelease): void
  reservations(): number
  /** To be called every `tendIntervalMs`. */
  tend(): void
  /** Gives back what is free. */
  close(): Promise<void>
}

export function createAuthorizations(options: AuthorizationsOptions): Authorizations {
  const { view, nowMs, dateMs, maxReservationMs } = options
  const gatewayId = randomUUID()
  const reservations = new Reservations(gatewayId)
  const desk = new LeaseDesk({
    holder: gatewayId,
    post: options.post,
    controlOffset: () => view.offset,
    reservationMs: maxReservationMs,
    nowMs,
    writtenMs: dateMs,
    onTrouble: options.onTrouble,
  })
  const authorizer = new Authorizer({
    subjects: createSubjects(view),
    rules: createKeyRules(view, options.processes),
    estimate: createEstimate(view),
    desk,
    reservations,
    maxReservationMs,
    nowMs,
    dateMs,
  })
  return {
    gatewayId,
    authorizer,
    hear: (answer) => desk.hear(answer),
    settle: (apiKeyId, requestId) => void reservations.settle(apiKeyId, requestId, nowMs()),
    release: (apiKeyId, requestId, id) => reservations.release(apiKeyId, requestId, { id, nowMs: nowMs() }),
    hearRelease: ({ api_key_id, request_id, reservation: id }) =>
      void reservations.releaseLate(api_key_id, request_id, { id, nowMs: nowMs() }),
    reservations: () => reservations.size,
    tend() {
      reservations.sweep(nowMs())
      desk.tend()
    },
    close: () => desk.close(),
  }
}

/** Looks after the authorizations until told to stop. */
export function startTending(authorizations: Authorizations): { stop(): void } {
  const timer = setInterval(() => authorizations.tend(), AUTHORIZE.tendIntervalMs)
  return { stop: () => clearInterval(timer) }
}
