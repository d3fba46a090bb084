import { HeldAccount } from '@meterline/domain'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { Reservations } from './reservations.ts'

const CREDITS = 7
const SWEEP_LATE_MS = 250

type Step =
  | { readonly do: 'add'; readonly ttlMs: number; readonly key: number; readonly request: number }
  | { readonly do: 'settle' | 'release'; readonly key: number; readonly request: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'sweep' }

const who = { key: fc.nat(2), request: fc.nat(30) }
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ do: fc.constant('add' as const), ttlMs: fc.nat(3_000), ...who }), weight: 4 },
  fc.record({ do: fc.constantFrom('settle' as const, 'release' as const), ...who }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.nat(600) }),
  fc.record({ do: fc.constant('sweep' as const) }),
)

interface Expected {
  readonly expiresMs: number
  isOpen: boolean
}

test('flat places behave as one object for each reservation would', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const reservations = new Reservations('g')
      const account = new HeldAccount(1)
      // Spendable long after the test.
      account.granted(account.ask(1e9), 1_000_000, 0)
      const model = new Map<string, Expected>()
      const expected = { settled: 0, reserved: 0 }
      let nowMs = 0
      /** What is over counts as settled from the moment on that anybody looks. */
      const look = (name: string): Expected | undefined => {
        const found = model.get(name)
        if (found === undefined || nowMs < found.expiresMs) return found
        end(name, found)
        return undefined
      }
      const end = (name: string, found: Expected): void => {
        if (found.isOpen) close(found, 'settled')
        model.delete(name)
      }
      const close = (found: Expected, as: 'settled' | 'free'): void => {
        found.isOpen = false
        expected.reserved -= CREDITS
        if (as === 'settled') expected.settled += CREDITS
      }
      for (const at of steps) {
        // What the reservations said, and what they should have.
        const said: unknown[] = []
        const right: unknown[] = []
        if (at.do === 'pass') nowMs += at.ms
        else if (at.do === 'sweep') {
          reservations.sweep(nowMs)
          for (const [name, found] of model) {
            if (Math.ceil(found.expiresMs / SWEEP_LATE_MS) * SWEEP_LATE_MS <= nowMs) end(name, found)
          }
        } else {
          const [key, request] = [`k${at.key}`, `r${at.request}`]
          const name = `${key} ${request}`
          const known = look(name)
          const found = reservations.again(key, request, nowMs)
          said.push(found?.state)
          right.push(known === undefined ? undefined : known.isOpen ? 'open' : 'settled')
          if (at.do === 'add') {
            if (known !== undefined) continue
            account.take(CREDITS)
            reservations.add({
              apiKeyId: key,
              requestId: request,
              creditsMicro: CREDITS,
              ttlMs: at.ttlMs,
              parts: [account],
              unverified: [],
              atMs: nowMs,
              atDateMs: nowMs + 1_000,
            })
            model.set(name, { expiresMs: nowMs + at.ttlMs, isOpen: true })
            expected.reserved += CREDITS
          } else {
            const isOpen = known?.isOpen === true
            said.push(
              at.do === 'settle'
                ? reservations.settle(key, request, nowMs)
                : reservations.release(key, request, { nowMs }),
            )
            right.push(isOpen)
            if (known === undefined || !isOpen) continue
            close(known, at.do === 'settle' ? 'settled' : 'free')
            if (at.do === 'release') model.delete(name)
          }
        }
        expect(said).toEqual(right)
        expect(reservations.size).toBe(model.size)
        expect([account.reservedMicro, account.settledMicro]).toEqual([expected.reserved, expected.settled])
      }
    }),
    { numRuns: 500 },
  )
})

test('thousands at once keep their own figures, and their places are used again', () => {
  const reservations = new Reservations('g')
  const add = (request: number, atMs: number) =>
    reservations.add({
      apiKeyId: 'k',
      requestId: `r${request}`,
      creditsMicro: request,
      ttlMs: 1_000 + request,
      parts: [],
      unverified: [],
      atMs,
      atDateMs: atMs + 5,
    })
  for (let round = 0; round < 3; round++) {
    const atMs = round * 100_000
    for (let request = 0; request < 5_000; request++) add(request, atMs)
    expect(reservations.size).toBe(5_000)
    expect(reservations.again('k', 'r4321', atMs)).toEqual({
      id: `g.${round * 5_000 + 4_322}`,
      creditsMicro: 4_321,
      expiresAtMs: atMs + 5 + 5_321,
      ttlSeconds: 5.321,
      unverified: [],
      state: 'open',
    })
    reservations.sweep(atMs + 99_000)
    expect(reservations.size).toBe(0)
  }
})
