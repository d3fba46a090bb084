import type { GatewayLetter } from '@meterline/contract'
import { createOrganizationView, foldControlEvent, keyById } from '@meterline/domain'
import { expect, test } from 'vitest'

import { MemoryOwner } from '../testing/memory-owner.ts'
import { put, sampleOrganization } from '../testing/sample-organization.ts'
import type { AuthorizationInput } from './authorization-input.ts'
import { type Authorizations, createAuthorizations } from './authorizations.ts'

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

/** Two gateways before one owner, and the key that asks. What they tell one another arrives, unless told otherwise. */
function twoGateways({ isHeard = true } = {}) {
  let nowMs = 1_000_000
  const owner = new MemoryOwner()
  const told: GatewayLetter[] = []
  const [a, b]: (Authorizations | undefined)[] = [1, 2].map(() =>
    createAuthorizations({
      view,
      post: owner,
      news: {
        async send(news) {
          told.push(news)
          if (isHeard) for (const gateway of [a, b]) gateway?.hearGateway(news)
        },
      },
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
  const reserve = async (gateway: Authorizations) => {
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
  return { a, b, key, owner, reserve, settleDown, told }
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

test('usage settles what its request has reserved at both gateways, whichever it comes through', async () => {
  for (const through of ['a', 'b'] as const) {
    const world = twoGateways()
    const { a, b, key, owner, reserve, settleDown } = world
    await reserve(a)
    await reserve(b)
    settleDown(4_000)
    expect(owner.outstandingMicro(TEAM)).toBe(2 * CREDIT)
    world[through].settle(key.id, input.requestId)
    settleDown(4_000)
    expect(owner.outstandingMicro(TEAM)).toBe(0)
  }
})

test('usage through a gateway that never reserved settles it too, and its like of another key or request nothing', async () => {
  const { a, b, key, owner, reserve, settleDown } = twoGateways()
  await reserve(a)
  settleDown(1_000)
  b.settle('proxy', input.requestId)
  b.settle(key.id, 'r2')
  settleDown(4_000)
  expect(owner.outstandingMicro(TEAM)).toBe(CREDIT)
  expect(b.waitForUsage()).toBe(true)
  b.settle(key.id, input.requestId)
  settleDown(4_000)
  expect(owner.outstandingMicro(TEAM)).toBe(0)
  // Asked again, it is the same reservation, and reserves nothing anew.
  expect((await reserve(a)).state).toBe('settled')
})

test('where nobody else holds anything, nothing is told of usage, and soon after the last reservation nothing at all', async () => {
  const { a, b, key, reserve, settleDown, told } = twoGateways()
  const wordsOf = (kind: string) => told.filter((each) => 'kind' in each && each.kind === kind).length
  await reserve(a)
  settleDown(1_000)
  for (let request = 0; request < 5_000; request++) a.settle(key.id, `r${request}`)
  settleDown(1_000)
  expect(wordsOf('settled')).toBe(0)
  settleDown(TTL_MS + 8_000)
  expect(b.waitForUsage()).toBe(false)
  const words = wordsOf('holding')
  settleDown(10_000)
  expect(wordsOf('holding')).toBe(words)
  expect(words).toBeLessThanOrEqual(TTL_MS / 2_000 + 1)
})

test('a crowd of usage is told in records of a bounded size', async () => {
  const { a, b, key, reserve, settleDown, told } = twoGateways()
  await reserve(a)
  settleDown(1_000)
  for (let request = 0; request < 10_001; request++) b.settle(key.id, `r${request}`)
  settleDown(1_000)
  const sizes = told.flatMap((each) =>
    'kind' in each && each.kind === 'settled' ? [each.requests[key.id]?.length] : [],
  )
  expect(sizes).toEqual([...Array.from({ length: 10 }, () => 1_000), 1])
})

test('where gateways do not hear one another, it stays counted until it expires, and not longer', async () => {
  const { a, b, key, owner, reserve, settleDown } = twoGateways({ isHeard: false })
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
  a.hearGateway({ ...release, api_key_id: 'proxy' })
  a.hearGateway({ ...release, request_id: 'r2' })
  a.hearGateway({ ...release, reservation: `${a.gatewayId}.99` })
  settleDown(4_000)
  expect(owner.outstandingMicro(TEAM)).toBe(2 * CREDIT)
  for (const gateway of [a, b, a, b]) gateway.hearGateway(release)
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
  a.hearGateway(release)
  settleDown(4_000)
  expect(owner.outstandingMicro(TEAM)).toBe(CREDIT)
  expect(a.release(key.id, input.requestId)).toBe(true)
  expect((await reserve(a)).id).not.toBe(id)
  a.hearGateway(release)
  settleDown(4_000)
  expect(a.reservations()).toBe(1)
  expect(owner.outstandingMicro(TEAM)).toBeGreaterThanOrEqual(CREDIT)
})

test('a release of what its usage has settled frees nothing', async () => {
  const { a, key, owner, reserve, settleDown } = twoGateways()
  const { id } = await reserve(a)
  a.settle(key.id, input.requestId)
  a.tend()
  a.hearGateway({ schema: 1, api_key_id: key.id, request_id: input.requestId, reservation: id })
  expect(owner.outstandingMicro(TEAM)).toBeGreaterThanOrEqual(CREDIT)
  settleDown(4_000)
  expect(owner.outstandingMicro(TEAM)).toBe(0)
})
