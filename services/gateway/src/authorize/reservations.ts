import type { HeldAccount } from '@meterline/domain'

import { AUTHORIZE } from './bounds.ts'

/** Credits that a request may spend until it expires, taken from every level or from none. */
export interface Reservation {
  readonly id: string
  readonly apiKeyId: string
  readonly requestId: string
  readonly creditsMicro: number
  readonly parts: readonly HeldAccount[]
  /** By the monotonic clock. */
  readonly expiresMs: number
  readonly expiresAt: string
  readonly ttlSeconds: number
  /** Scopes whose owner did not answer, and whose limit fails open. */
  readonly unverified: readonly string[]
  state: 'open' | 'settled'
}

const SLOT_MS = 250

/**
 * The reservations of this process by key and request, each until it expires, settled or not: who asks again is answered the same.
 */
export class Reservations {
  readonly #byRequest = new Map<string, Map<string, Reservation>>()
  readonly #slots = new Map<number, Reservation[]>()
  #sweptSlot = -Infinity
  #size = 0

  get size(): number {
    return this.#size
  }

  get isFull(): boolean {
    return this.#size >= AUTHORIZE.maxReservations
  }

  find(apiKeyId: string, requestId: string, nowMs: number): Reservation | undefined {
    const found = this.#byRequest.get(apiKeyId)?.get(requestId)
    if (found === undefined || nowMs < found.expiresMs) return found
    this.#expire(found)
    return undefined
  }

  add(reservation: Reservation): void {
    const { apiKeyId, requestId, expiresMs } = reservation
    let ofKey = this.#byRequest.get(apiKeyId)
    if (ofKey === undefined) this.#byRequest.set(apiKeyId, (ofKey = new Map()))
    ofKey.set(requestId, reservation)
    const slot = Math.ceil(expiresMs / SLOT_MS)
    const others = this.#slots.get(slot)
    if (others === undefined) this.#slots.set(slot, [reservation])
    else others.push(reservation)
    this.#size += 1
  }

  /** Its usage stands in usage.events. */
  settle(apiKeyId: string, requestId: string, nowMs: number): boolean {
    const reservation = this.find(apiKeyId, requestId, nowMs)
    if (reservation === undefined || reservation.state === 'settled') return false
    settleParts(reservation)
    return true
  }

  /** Nothing was called: what it held is free again. */
  release(apiKeyId: string, requestId: string, nowMs: number): Reservation | undefined {
    const reservation = this.find(apiKeyId, requestId, nowMs)
    if (reservation === undefined || reservation.state === 'settled') return undefined
    this.#remove(reservation)
    for (const account of reservation.parts) account.release(reservation.creditsMicro, nowMs)
    reservation.state = 'settled'
    return reservation
  }

  /**
   * What has expired is settled, not free: its usage may just have come through another gateway, and counts until that would be
   * metered.
   */
  sweep(nowMs: number): void {
    const slot = Math.floor(nowMs / SLOT_MS)
    if (this.#sweptSlot === -Infinity) this.#sweptSlot = Math.min(slot, ...this.#slots.keys()) - 1
    for (let at = this.#sweptSlot + 1; at <= slot; at++) {
      for (const reservation of this.#slots.get(at) ?? []) this.#expire(reservation)
      this.#slots.delete(at)
    }
    this.#sweptSlot = slot
  }

  #expire(reservation: Reservation): void {
    if (reservation.state === 'open') settleParts(reservation)
    this.#remove(reservation)
  }

  #remove(reservation: Reservation): void {
    const { apiKeyId, requestId } = reservation
    const ofKey = this.#byRequest.get(apiKeyId)
    if (ofKey?.get(requestId) !== reservation) return
    ofKey.delete(requestId)
    if (ofKey.size === 0) this.#byRequest.delete(apiKeyId)
    this.#size -= 1
  }
}

function settleParts(reservation: Reservation): void {
  reservation.state = 'settled'
  for (const account of reservation.parts) account.settle(reservation.creditsMicro)
}
