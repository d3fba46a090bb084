import type { HeldAccount } from '@meterline/domain'

import { AUTHORIZE } from './bounds.ts'
import { ExpiryLists } from './expiry-lists.ts'

/** Credits that a request may spend until it expires, taken from every level or from none: how they stand at the moment. */
export interface Reservation {
  readonly id: string
  readonly creditsMicro: number
  /** By the wall clock. */
  readonly expiresAtMs: number
  readonly ttlSeconds: number
  /** Scopes whose owner did not answer, and whose limit fails open. */
  readonly unverified: readonly string[]
  readonly state: 'open' | 'settled'
}

export interface NewReservation {
  readonly apiKeyId: string
  readonly requestId: string
  readonly creditsMicro: number
  readonly ttlMs: number
  /** Arrays that many reservations share, where they are the same. */
  readonly parts: readonly HeldAccount[]
  readonly unverified: readonly string[]
  /** By the monotonic clock. */
  readonly atMs: number
  /** The same moment by the wall clock. */
  readonly atDateMs: number
}

const FIRST_SLOTS = 1_024
const NO_PARTS: readonly HeldAccount[] = []
/** `asked again`: open, and a caller was told so a second time. */
const STATE = { settled: 0, open: 1, askedAgain: 2 } as const

/**
 * The reservations of this process by key and request, each until it expires, settled or not: who asks again is answered the same.
 * They live for seconds or minutes, thousands a second, so each is a place in flat arrays and not an object: a full collection of
 * garbage has the fewer things to look at (docs/performance.md).
 */
export class Reservations {
  readonly #gatewayId: string
  readonly #byRequest = new Map<string, Map<string, number>>()
  readonly #expiries = new ExpiryLists()
  readonly #freeSlots: number[] = []
  #made = 0
  #size = 0
  #slots = 0
  #numbers = new Float64Array(0)
  #creditsMicro = new Float64Array(0)
  #expiresMs = new Float64Array(0)
  #expiresAtMs = new Float64Array(0)
  #ttlMs = new Float64Array(0)
  #states = new Uint8Array(0)
  readonly #apiKeyIds: string[] = []
  readonly #requestIds: string[] = []
  readonly #parts: (readonly HeldAccount[])[] = []
  readonly #unverified: (readonly string[])[] = []

  /** Ids of reservations are `<gatewayId>.<number>`. */
  constructor(gatewayId: string) {
    this.#gatewayId = gatewayId
  }

  get size(): number {
    return this.#size
  }

  get isFull(): boolean {
    return this.#size >= AUTHORIZE.maxReservations
  }

  /** That of a request which is asked again. */
  again(apiKeyId: string, requestId: string, nowMs: number): Reservation | undefined {
    const slot = this.#slotOf(apiKeyId, requestId, nowMs)
    if (slot === undefined) return undefined
    if (this.#states[slot] === STATE.open) this.#states[slot] = STATE.askedAgain
    return this.#at(slot)
  }

  /** There is none of that key and request yet. */
  add(of: NewReservation): Reservation {
    const slot = this.#freeSlots.pop() ?? this.#newSlot()
    this.#numbers[slot] = ++this.#made
    this.#creditsMicro[slot] = of.creditsMicro
    this.#expiresMs[slot] = of.atMs + of.ttlMs
    this.#expiresAtMs[slot] = of.atDateMs + of.ttlMs
    this.#ttlMs[slot] = of.ttlMs
    this.#states[slot] = STATE.open
    this.#apiKeyIds[slot] = of.apiKeyId
    this.#requestIds[slot] = of.requestId
    this.#parts[slot] = of.parts
    this.#unverified[slot] = of.unverified
    this.#expiries.add(slot, of.atMs + of.ttlMs)
    let ofKey = this.#byRequest.get(of.apiKeyId)
    if (ofKey === undefined) this.#byRequest.set(of.apiKeyId, (ofKey = new Map()))
    ofKey.set(of.requestId, slot)
    this.#size += 1
    return this.#at(slot)
  }

  /** Its usage stands in usage.events. False: nothing is open for it here. */
  settle(apiKeyId: string, requestId: string, nowMs: number): boolean {
    const slot = this.#slotOf(apiKeyId, requestId, nowMs)
    if (slot === undefined || this.#states[slot] === STATE.settled) return false
    this.#settle(slot)
    return true
  }

  /** Nothing was called: what it held is free again. False: nothing is open for it here, or it is not the one with this id. */
  release(
    apiKeyId: string,
    requestId: string,
    of: { readonly id?: string | undefined; readonly nowMs: number },
  ): boolean {
    const slot = this.#slotOf(apiKeyId, requestId, of.nowMs)
    if (slot === undefined || this.#states[slot] === STATE.settled) return false
    if (of.id !== undefined && of.id !== this.#idOf(slot)) return false
    this.#release(slot, of.nowMs)
    return true
  }

  /**
   * The same, as another gateway was told it some time ago. Who was allowed since to make the call, by the same request asked again,
   * goes on counting on it: then it stays.
   */
  releaseLate(
    apiKeyId: string,
    requestId: string,
    of: { readonly id: string; readonly nowMs: number },
  ): boolean {
    const slot = this.#slotOf(apiKeyId, requestId, of.nowMs)
    if (slot === undefined || this.#states[slot] !== STATE.open || of.id !== this.#idOf(slot)) return false
    this.#release(slot, of.nowMs)
    return true
  }

  /**
   * What has expired is settled, not free: its usage may just have come through another gateway, and counts until that would be
   * metered.
   */
  sweep(nowMs: number): void {
    this.#expiries.sweep(nowMs, (slot) => this.#expire(slot))
  }

  #slotOf(apiKeyId: string, requestId: string, nowMs: number): number | undefined {
    const slot = this.#byRequest.get(apiKeyId)?.get(requestId)
    if (slot === undefined || nowMs < (this.#expiresMs[slot] ?? 0)) return slot
    this.#expire(slot)
    return undefined
  }

  #at(slot: number): Reservation {
    return {
      id: this.#idOf(slot),
      creditsMicro: this.#creditsMicro[slot] ?? 0,
      expiresAtMs: this.#expiresAtMs[slot] ?? 0,
      ttlSeconds: (this.#ttlMs[slot] ?? 0) / 1_000,
      unverified: this.#unverified[slot] ?? [],
      state: this.#states[slot] === STATE.settled ? 'settled' : 'open',
    }
  }

  #idOf(slot: number): string {
    return `${this.#gatewayId}.${this.#numbers[slot]}`
  }

  #release(slot: number, nowMs: number): void {
    for (const account of this.#parts[slot] ?? []) account.release(this.#creditsMicro[slot] ?? 0, nowMs)
    this.#remove(slot)
  }

  #expire(slot: number): void {
    if (this.#states[slot] !== STATE.settled) this.#settle(slot)
    this.#remove(slot)
  }

  #settle(slot: number): void {
    this.#states[slot] = STATE.settled
    for (const account of this.#parts[slot] ?? []) account.settle(this.#creditsMicro[slot] ?? 0)
  }

  #remove(slot: number): void {
    const apiKeyId = this.#apiKeyIds[slot] ?? ''
    const ofKey = this.#byRequest.get(apiKeyId)
    ofKey?.delete(this.#requestIds[slot] ?? '')
    if (ofKey?.size === 0) this.#byRequest.delete(apiKeyId)
    this.#expiries.remove(slot, this.#expiresMs[slot] ?? 0)
    // So that what nobody needs any more is not kept by the place.
    this.#requestIds[slot] = ''
    this.#parts[slot] = NO_PARTS
    this.#freeSlots.push(slot)
    this.#size -= 1
  }

  #newSlot(): number {
    const slot = this.#slots++
    if (slot < this.#states.length) return slot
    const slots = Math.max(FIRST_SLOTS, slot * 2)
    this.#numbers = grown(this.#numbers, slots)
    this.#creditsMicro = grown(this.#creditsMicro, slots)
    this.#expiresMs = grown(this.#expiresMs, slots)
    this.#expiresAtMs = grown(this.#expiresAtMs, slots)
    this.#ttlMs = grown(this.#ttlMs, slots)
    const states = new Uint8Array(slots)
    states.set(this.#states)
    this.#states = states
    this.#expiries.resize(slots)
    return slot
  }
}

function grown(array: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(length)
  larger.set(array)
  return larger
}
