import type { GatewayLetter, SettledElsewhere } from '@meterline/contract'
import type { LeaseAnswer, OrganizationView } from '@meterline/domain'
import { randomUUID } from 'node:crypto'

import { Authorizer } from './authorizer.ts'
import { AUTHORIZE } from './bounds.ts'
import { createEstimate } from './estimate.ts'
import { createKeyRules } from './key-rules.ts'
import { LeaseDesk, type LeasePost } from './lease-desk.ts'
import { Reservations } from './reservations.ts'
import { type NewsPost, SettledNews } from './settled-news.ts'
import { createSubjects } from './subject.ts'

export interface AuthorizationsOptions {
  readonly view: OrganizationView
  readonly post: LeasePost
  readonly news: NewsPost
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
  /** Whether usage may settle anything, here or at another gateway. */
  waitForUsage(): boolean
  /** Usage of this request stands in usage.events, acknowledged. */
  settle(apiKeyId: string, requestId: string): void
  /** False: nothing is reserved for it here, or it is not the reservation of this id. */
  release(apiKeyId: string, requestId: string, reservationId?: string): boolean
  /** Another gateway was told to release a reservation, holds some, or took usage. */
  hearGateway(letter: GatewayLetter): void
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
  const news = new SettledNews({ gatewayId, post: options.news, nowMs, onTrouble: options.onTrouble })
  return {
    gatewayId,
    authorizer,
    hear: (answer) => desk.hear(answer),
    waitForUsage: () => reservations.size > 0 || news.isWanted,
    settle(apiKeyId, requestId) {
      reservations.settle(apiKeyId, requestId, nowMs())
      if (news.isWanted) news.settled(apiKeyId, requestId)
    },
    release: (apiKeyId, requestId, id) => reservations.release(apiKeyId, requestId, { id, nowMs: nowMs() }),
    hearGateway(letter) {
      if (!('kind' in letter)) {
        const { api_key_id, request_id, reservation: id } = letter
        reservations.releaseLate(api_key_id, request_id, { id, nowMs: nowMs() })
      } else if (letter.kind === 'holding') news.hear(letter)
      else if (letter.gateway !== gatewayId) settleAll(reservations, letter, nowMs())
    },
    reservations: () => reservations.size,
    tend() {
      reservations.sweep(nowMs())
      desk.tend()
      news.tend(reservations.size > 0)
    },
    close: () => desk.close(),
  }
}

/**
 * Also what was asked again since: usage of the request stands in usage.events, so that nothing more of it will be metered, whoever makes
 * the call once more.
 */
function settleAll(reservations: Reservations, { requests }: SettledElsewhere, nowMs: number): void {
  if (reservations.size === 0) return
  for (const [apiKeyId, requestIds] of Object.entries(requests)) {
    for (const requestId of requestIds) reservations.settle(apiKeyId, requestId, nowMs)
  }
}

/** Looks after the authorizations until told to stop. */
export function startTending(authorizations: Authorizations): { stop(): void } {
  const timer = setInterval(() => authorizations.tend(), AUTHORIZE.tendIntervalMs)
  return { stop: () => clearInterval(timer) }
}
