import { createOrganizationView, foldControlEvent, keyById } from '@meterline/domain'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'

import { MemoryOwner } from '../testing/memory-owner.ts'
import { put, sampleOrganization } from '../testing/sample-organization.ts'
import { type Authorizations, createAuthorizations } from './authorizations.ts'

const CREDIT = 1_000_000
const TEAM = 'team:payments'
const CAP = 1_500
const CLIENTS = 64
const RESERVATION_MS = 3_000

const view = createOrganizationView()
const limit = {
  id: 'cap',
  level: 'group',
  scope: TEAM,
  per: 'scope',
  period: 'month',
  soft_cap_micro: null,
  hard_cap_micro: CAP * CREDIT,
  expires_at_ms: null,
  review_at_ms: null,
  on_owner_unreachable: 'closed',
  reason: 'test',
} as const
for (const event of [...sampleOrganization().events, put('limit', limit.id, limit)]) {
  foldControlEvent(view, event, view.offset + 1)
}

// The processes and Kafka are in test/fault/leases; here it is the crowd alone, in one process, by a clock of its own.
test('64 clients of three gateways, one of which dies: the cap is used up, and not exceeded at any moment', async () => {
  let nowMs = 1_000_000
  const owner = new MemoryOwner()
  const gatewayOf = (): Authorizations =>
    createAuthorizations({
      view,
      post: owner,
      news: { send: async (news) => gateways.forEach((gateway) => gateway.hearGateway(news)) },
      maxReservationMs: RESERVATION_MS,
      processes: 3,
      nowMs: () => nowMs,
      dateMs: () => nowMs,
      onTrouble: (error) => {
        throw error
      },
    })
  const gateways = [gatewayOf(), gatewayOf(), gatewayOf()]
  owner.answers = (answer) => {
    for (const gateway of gateways) gateway.hear(answer)
  }
  const key = keyById(view, 'registry')
  if (key === undefined) throw new Error('the sample has the key')
  let allowed = 0
  let denied = 0
  let reported = 0
  const clock = setInterval(() => {
    nowMs += 50
    for (const gateway of gateways) gateway.tend()
    // Everything reported so far is metered.
    owner.spentMicro.set(TEAM, reported * CREDIT)
    owner.tick(nowMs)
  }, 1)

  async function client(id: number): Promise<void> {
    if (key === undefined) return
    for (let round = 0; ; round++) {
      const requestId = `${id}-${round}`
      const gateway = gateways[(id + round) % gateways.length]
      const decision = await gateway?.authorizer.authorize(key, {
        requestId,
        model: 'gpt-5-mini',
        provider: undefined,
        serviceTier: undefined,
        apiKey: undefined,
        user: null,
        estimate: { kind: 'credits', creditsMicro: CREDIT },
        ttlMs: undefined,
        labels: undefined,
      })
      if (decision?.decision === 'deny') {
        denied += 1
        return
      }
      for (let wait = 0; wait < 3; wait++) await turn()
      if (decision?.decision !== 'allow') continue
      allowed += 1
      expect(allowed).toBeLessThanOrEqual(CAP)
      reported += 1
      // Every third is reported through another gateway: the one that reserved hears nothing, and waits for the end.
      if (round % 3 !== 0) gateway?.settle(key.id, requestId)
      // One dies with all that it holds; another takes its place.
      if (allowed === CAP / 2) gateways[1] = gatewayOf()
    }
  }

  await Promise.all(Array.from({ length: CLIENTS }, (_, id) => client(id)))
  clearInterval(clock)
  expect(allowed).toBe(CAP)
  expect(denied).toBe(CLIENTS)
}, 30_000)
