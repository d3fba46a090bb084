import type { Limit, RateCard } from '@meterline/domain'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { put, sampleOrganization } from '../../../services/gateway/src/testing/sample-organization.ts'
import { CALL, CALL_MICRO, type ClientTally, runClient } from './lease-clients.ts'
import { type LeaseWorld, startLeaseWorld } from './lease-world.ts'

const TEAM = 'team:payments'
const CLIENTS = 64
const GATEWAYS = 3
const CAP_CREDITS = 2_000
/** Short, so that what a killed gateway held comes back within the test. */
const RESERVATION_SECONDS = 15
const DEADLINE_MS = 360_000

const limit: Limit = {
  id: 'team-month',
  level: 'group',
  scope: TEAM,
  per: 'scope',
  period: 'month',
  soft_cap_micro: null,
  hard_cap_micro: CAP_CREDITS * CALL_MICRO,
  expires_at_ms: null,
  review_at_ms: null,
  on_owner_unreachable: 'closed',
  reason: 'test',
}
const rates: RateCard = {
  id: 'exact',
  version: 1,
  usd_micro_per_credit: 10_000,
  entries: [
    {
      provider: CALL.provider,
      models: [CALL.model],
      tier: 'standard',
      from_context_tokens: 0,
      effective_from_ms: 0,
      rates: { tokens_output: (CALL_MICRO / CALL.units.tokens_output) * 1_000_000 },
    },
  ],
}

let world: LeaseWorld
const { events, secrets } = sampleOrganization()

beforeAll(async () => {
  world = await startLeaseWorld({
    events: [...events, put('limit', limit.id, limit), put('rate_card', rates.id, rates)],
    gateways: GATEWAYS,
    gatewayEnv: { GATEWAY_MAX_RESERVATION_SECONDS: String(RESERVATION_SECONDS) },
  })
})
afterAll(() => world?.close())

test('64 clients on 3 gateways, kill -9 of a gateway and of the processor: the cap is spent to its last credit, and not one more', async () => {
  const tally: ClientTally = { allowed: 0, throttled: 0, denied: 0, unanswered: 0, lastAllowedMs: 0 }
  const { gateways, processor } = world
  const startMs = Date.now()
  const running = { gateways, secret: secrets.registry, signal: AbortSignal.timeout(DEADLINE_MS) }
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, id) => runClient(id, running, tally)))
  const allowedBy = async (credits: number): Promise<void> => {
    while (tally.allowed < credits && tally.denied === 0 && !running.signal.aborted) await sleep(20)
  }
  await allowedBy(CAP_CREDITS * 0.3)
  const [, victim] = gateways
  await victim?.kill()
  const gatewayKilledMs = Date.now()
  await victim?.start()
  await allowedBy(CAP_CREDITS * 0.6)
  await processor.kill()
  const processorKilledMs = Date.now()
  await processor.start()
  await clients

  const spent = async () => (await world.spentMicro(TEAM)) / CALL_MICRO
  await expect.poll(spent, { timeout: 30_000, interval: 250 }).toBe(tally.allowed)
  console.log({
    ...tally,
    gatewayKilledAfterMs: gatewayKilledMs - startMs,
    processorKilledAfterMs: processorKilledMs - startMs,
    lastAllowedAfterMs: tally.lastAllowedMs - startMs,
    endedAfterMs: Date.now() - startMs,
  })
  // All that was allowed was called, reported and metered; nobody was allowed more than there is, and nothing was lost for good.
  expect(tally.allowed).toBe(CAP_CREDITS)
  expect(tally.denied).toBe(CLIENTS)
  expect(tally.unanswered).toBeGreaterThan(0)
})
