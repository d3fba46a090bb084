import { createOrganizationView, foldControlEvent, keyById } from '@meterline/domain'
import { expect, test } from 'vitest'

import { MemoryOwner } from '../testing/memory-owner.ts'
import { put, sampleOrganization } from '../testing/sample-organization.ts'
import type { AuthorizationInput } from './authorization-input.ts'
import { createAuthorizations } from './authorizations.ts'

const CREDIT = 1_000_000
const TEAM = 'team:payments'
const TTL_MS = 60_000

const view = createOrganizationView()
const limit = {
  id: 'cap',
  level: 'group',
  scope: TEAM,
  per: 'scope',
  period: 'month',
  soft_cap_micro: null,
  hard_cap_micro: 1_000 * CREDIT,
  expires_at_ms: null,
  review_at_ms: null,
  on_owner_unreachable: 'closed',
  reason: 'test',
} as const
for (const event of [...sampleOrganization().events, put('limit', limit.id, limit)]) {
  foldControlEvent(view, event, view.offset + 1)
}

const input: AuthorizationInput = {
  requestId: 'r1',
  model: 'gpt-5-mini',
  provider: undefined,
  serviceTier: undefined,
  apiKey: undefined,
  user: null,
  estimate: { kind: 'credits', creditsMicro: CREDIT },
  ttlMs: TTL_MS,
  labels: undefined,
}

/** Two gateways before one owner, and the key that asks. */
function twoGateways() {
  let nowMs = 1_000_000
  const owner = new MemoryOwner()
  const [a, b] = [1, 2].map(() =>
    createAuthorizations({
      view,
      post: owner,
      maxReservationMs: 300_000,
      processes: 2,
      nowMs: () => nowMs,
      dateMs: () => nowMs,
      onTrouble: (error) => {
        throw error
      },
    }),
  )
  const key = keyById(view, 'registry')
  if (a === undefined || b === undefined || key === undefined) throw new Error('the sample has the key')
  owner.answers = (answer) => [a, b].forEach((gateway) => gateway.hear(answer))
  const reserve = async (gateway: typeof a) => {
    const decision = await gateway.authorizer.authorize(key, input)
    if (decision.decision !== 'allow') throw new Error(decision.message)
    return decision.reservation
  }
  /** What is idle goes back, what was reported is metered. */
  const settleDown = (ms: number) => {
    for (const end = nowMs + ms; nowMs < end;) {
      nowMs += 250
      for (const gateway of [a, b]) gateway.tend()
    }
    owner.tick(nowMs)
  }
  return { a, b, key, owner, reserve, settleDown }
}

test('the same request at two gateways is reserved twice, each by its own name, and released by each for itself', async () => {
  const { a, b, key, owner, reserve, settleDown } = twoGateways()
  const [first, second] = [await reserve(a), await reserve(b)]
  expect(first.id).toMatch(new RegExp(`^${a.gatewayId}\\.\\d+$`))
  expect(second.id).toMatch(new RegExp(`^${b.gatewayId}\\.\\d+$`))
  settleDown(4_000)
  expect(owner.outstandingMicro(TEAM)).toBe(2 * CREDIT)

  expect(b.release(key.id, input.requestId)).toBe(true)
  expect(b.release(key.id, input.requestId)).toBe(false)
  settleDown(4_000)
  expect(owner.outstandingMicro(TEAM)).toBe(CREDIT)
  expect(a.reservations()).toBe(1)
})

test('usage that came through another gateway leaves the reservation counted until it expires, and not longer', async () => {
  const { a, b, key, owner, reserve, settleDown } = twoGateways()
  await reserve(a)
  b.settle(key.id, input.requestId)
  settleDown(TTL_MS - 1_000)
  expect(owner.outstandingMicro(TEAM)).toBe(CREDIT)
  settleDown(1_500)
  expect(owner.outstandingMicro(TEAM)).toBe(0)
})

test('a release that another gateway passed on frees its one reservation, once, and only at the gateway that holds it', async () => {
  const { a, b, key, owner, reserve, settleDown } = twoGateways()
  const { id } = await reserve(a)
  const { id: ofB } = await reserve(b)
  const release = { schema: 1, api_key_id: key.id, request_id: input.requestId, reservation: id } as const
  // Of another key, of another request, of a reservation that never was: nothing.
  a.hearRelease({ ...release, api_key_id: 'proxy' })
  a.hearRelease({ ...release, request_id: 'r2' })
  a.hearRelease({ ...release, reservation: `${a.gatewayId}.99` })
  settleDown(4_000)
  expect(owner.outstandingMicro(TEAM)).toBe(2 * CREDIT)
  for (const gateway of [a, b, a, b]) gateway.hearRelease(release)
  settleDown(4_000)
  expect(owner.outstandingMicro(TEAM)).toBe(CREDIT)
  expect([a.reservations(), b.reservations()]).toEqual([0, 1])
  expect(ofB).not.toBe(id)
})

test('a release that comes late takes nothing from who was allowed since: by the same reservation, or by a new one', async () => {
  const { a, key, owner, reserve, settleDown } = twoGateways()
  const { id } = await reserve(a)
  const release = { schema: 1, api_key_id: key.id, request_id: input.requestId, reservation: id } as const
  expect((await reserve(a)).id).toBe(id)
  a.hearRelease(release)
  settleDown(4_000)
  expect(owner.outstandingMicro(TEAM)).toBe(CREDIT)
  expect(a.release(key.id, input.requestId)).toBe(true)
  expect((await reserve(a)).id).not.toBe(id)
  a.hearRelease(release)
  settleDown(4_000)
  expect(a.reservations()).toBe(1)
  expect(owner.outstandingMicro(TEAM)).toBeGreaterThanOrEqual(CREDIT)
})

test('a release of what its usage has settled frees nothing', async () => {
  const { a, key, owner, reserve, settleDown } = twoGateways()
  const { id } = await reserve(a)
  a.settle(key.id, input.requestId)
  a.tend()
  a.hearRelease({ schema: 1, api_key_id: key.id, request_id: input.requestId, reservation: id })
  expect(owner.outstandingMicro(TEAM)).toBeGreaterThanOrEqual(CREDIT)
  settleDown(4_000)
  expect(owner.outstandingMicro(TEAM)).toBe(0)
})
