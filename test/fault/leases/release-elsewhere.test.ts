import type { Limit, RateCard } from '@meterline/domain'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { put, sampleOrganization } from '../../../services/gateway/src/testing/sample-organization.ts'
import { type LeaseWorld, startLeaseWorld } from './lease-world.ts'

const CREDIT_MICRO = 1_000_000
const TTL_SECONDS = 300
/** Far below the time after which the reservation would have ended by itself. */
const SOON_MS = 20_000

const limit: Limit = {
  id: 'team-month',
  level: 'group',
  scope: 'team:payments',
  per: 'scope',
  period: 'month',
  soft_cap_micro: null,
  hard_cap_micro: 10 * CREDIT_MICRO,
  expires_at_ms: null,
  review_at_ms: null,
  on_owner_unreachable: 'closed',
  reason: 'test',
}
const rates: RateCard = { id: 'none', version: 1, usd_micro_per_credit: 10_000, entries: [] }

let world: LeaseWorld
const { events, secrets } = sampleOrganization()

beforeAll(async () => {
  world = await startLeaseWorld({
    events: [...events, put('limit', limit.id, limit), put('rate_card', rates.id, rates)],
    gateways: 2,
    gatewayEnv: {},
  })
})
afterAll(() => world?.close())

interface Answer {
  readonly decision: string
  readonly code?: string
  readonly reservation: { readonly id: string } | null
}

const headers = { authorization: `Bearer ${secrets.registry}`, 'content-type': 'application/json' }

async function ask(gateway: number, requestId: string): Promise<Answer> {
  const response = await fetch(`${world.gateways[gateway]?.url}/v1/authorizations`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ request_id: requestId, model: 'any', credits: 10, ttl_seconds: TTL_SECONDS }),
  })
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

test('what one gateway reserved is released at another, and free for all long before it would have expired', async () => {
  // Burn has to know the cap, and the gateways burn.
  await expect
    .poll(async () => (await ask(0, 'first')).decision, { timeout: 60_000, interval: 500 })
    .toBe('allow')
  const { reservation } = await ask(0, 'first')
  expect(await ask(1, 'second')).toMatchObject({ decision: 'throttle', code: 'credits_held' })

  // A repeated request has told its caller "allow" twice: who released it here is not known to have heard that.
  const url = `${world.gateways[0]?.url}/v1/authorizations/first`
  expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(200)
  const held = await asked(0, 'third')
  const elsewhere = `${world.gateways[1]?.url}/v1/authorizations/third?reservation=${held}`
  expect(await ask(1, 'second')).toMatchObject({ decision: 'throttle', code: 'credits_held' })
  const passedOn = await fetch(elsewhere, { method: 'DELETE', headers })
  expect(passedOn.status).toBe(202)
  expect(await passedOn.json()).toEqual({
    request_id: 'third',
    released: false,
    passed_on_to: held.slice(0, held.indexOf('.')),
  })
  await expect
    .poll(async () => (await ask(1, 'second')).decision, { timeout: SOON_MS, interval: 200 })
    .toBe('allow')
  // Once more does no harm: what is reserved now has another id.
  expect((await fetch(elsewhere, { method: 'DELETE', headers })).status).toBe(202)
  expect(reservation?.id).not.toBe(held)
})

/** Reserves the whole cap, as soon as what was released is free again. */
async function asked(gateway: number, requestId: string): Promise<string> {
  let id = ''
  await expect
    .poll(
      async () => {
        const { reservation } = await ask(gateway, requestId)
        id = reservation?.id ?? ''
        return id
      },
      { timeout: SOON_MS, interval: 200 },
    )
    .not.toBe('')
  return id
}
