import type { HoldingReservations, SettledElsewhere } from '@meterline/contract'

import { AUTHORIZE } from './bounds.ts'

/** Where goes what all gateways should hear: spend.release. */
export interface NewsPost {
  /** Rejects when it is not known whether it arrived. */
  send(news: HoldingReservations | SettledElsewhere): Promise<void>
}

export interface SettledNewsOptions {
  readonly gatewayId: string
  readonly post: NewsPost
  /** Monotonic. */
  readonly nowMs: () => number
  readonly onTrouble: (error: unknown) => void
}

/**
 * Usage settles what its request has reserved at any gateway, not only at the one that it comes through: those that hold something say
 * so every other second, and as long as one does, the others tell what usage they took, many requests in a record. Where nobody else
 * holds anything, nothing is told. A record that is lost or late does no harm: then the reservation stays until it expires.
 */
export class SettledNews {
  readonly #options: SettledNewsOptions
  #requests: Record<string, string[]> = Object.create(null) as Record<string, string[]>
  #waiting = 0
  #wantedUntilMs = -Infinity
  #nextWordMs = -Infinity

  constructor(options: SettledNewsOptions) {
    this.#options = options
  }

  /** Whether another gateway holds reservations. */
  get isWanted(): boolean {
    return this.#options.nowMs() < this.#wantedUntilMs
  }

  /** Usage of the request stands in usage.events, acknowledged. */
  settled(apiKeyId: string, requestId: string): void {
    ;(this.#requests[apiKeyId] ??= []).push(requestId)
    this.#waiting += 1
    if (this.#waiting >= AUTHORIZE.maxSettledPerRecord) this.#tell()
  }

  hear({ gateway }: HoldingReservations): void {
    const { gatewayId, nowMs } = this.#options
    if (gateway !== gatewayId) this.#wantedUntilMs = nowMs() + AUTHORIZE.heldWordMs
  }

  /** To be called every `tendIntervalMs`. */
  tend(isHolding: boolean): void {
    const { gatewayId: gateway, nowMs } = this.#options
    if (isHolding && nowMs() >= this.#nextWordMs) {
      this.#nextWordMs = nowMs() + AUTHORIZE.holdingIntervalMs
      this.#send({ schema: 1, kind: 'holding', gateway })
    }
    if (this.#waiting > 0) this.#tell()
  }

  #tell(): void {
    const requests = this.#requests
    this.#requests = Object.create(null) as Record<string, string[]>
    this.#waiting = 0
    this.#send({ schema: 1, kind: 'settled', gateway: this.#options.gatewayId, requests })
  }

  #send(news: HoldingReservations | SettledElsewhere): void {
    const { post, onTrouble } = this.#options
    post.send(news).catch(onTrouble)
  }
}
