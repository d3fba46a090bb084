import type { Allocation, LabelPolicy, Limit } from '@meterline/domain'
import { beforeEach, describe, expect, test } from 'vitest'

import { ADMIN_TOKEN, memoryGateway, type MemoryGateway, NOW_MS } from '../testing/memory-gateway.ts'
import { put } from '../testing/sample-organization.ts'
import { send } from '../testing/send.ts'

const CREDIT = 1_000_000
const TEAM = 'team:payments'

let gateway: MemoryGateway
beforeEach(() => {
  gateway = memoryGateway()
})

interface Answer {
  readonly decision: 'allow' | 'deny' | 'throttle'
  readonly reservation: { id: string; credits: number; expires_at: string; ttl_seconds: number } | null
  readonly limit: Record<string, unknown> | null
  readonly code?: string
  readonly request_id?: string
  readonly rule?: { id: string; scope: string } | null
  readonly retry_after_seconds?: number | null
  readonly ask_for_more?: object | null
  readonly error?: { code: string; field?: string }
}

async function ask(body: object, secret: string = gateway.secrets.registry) {
  const response = await send(gateway.server, {
    method: 'POST',
    url: '/v1/authorizations',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    payload: JSON.stringify({ model: 'gpt-5-mini', ...body }),
  })
  return { status: response.statusCode, headers: response.headers, ...(JSON.parse(response.body) as Answer) }
}

function deleteReservation(requestId: string, query = '') {
  return send(gateway.server, {
    method: 'DELETE',
    url: `/v1/authorizations/${requestId}${query}`,
    headers: { authorization: `Bearer ${gateway.secrets.registry}` },
  })
}

async function release(requestId: string): Promise<number> {
  const { statusCode } = await deleteReservation(requestId)
  return statusCode
}

const credits = (request_id: string, amount: number) => ask({ request_id, credits: amount })

function limit(changes: Partial<Limit>): void {
  const data: Limit = {
    id: 'team-month',
    level: 'group',
    scope: TEAM,
    per: 'scope',
    period: 'month',
    soft_cap_micro: null,
    hard_cap_micro: 100 * CREDIT,
    expires_at_ms: null,
    review_at_ms: null,
    on_owner_unreachable: 'closed',
    reason: 'test',
    ...changes,
  }
  gateway.change(put('limit', data.id, data))
}

function allocation(changes: Partial<Allocation>): void {
  const data: Allocation = {
    id: 'alloc',
    scope: TEAM,
    owner: 'Finance',
    monthly_credits_micro: 1_000 * CREDIT,
    reserve_credits_micro: 0,
    rollover: 0,
    soft_cap: null,
    hard_cap: 1,
    gl_account: '6100',
    approved_models: [],
    contacts: [],
    tiers: [],
    ...changes,
  }
  gateway.change(put('allocation', data.id, data))
}

describe('a key without a cap', () => {
  test('is allowed, and asked twice it is the same reservation', async () => {
    const first = await credits('r1', 5)
    expect(first).toMatchObject({ status: 200, decision: 'allow', limit: null })
    expect(first.reservation).toMatchObject({ credits: 5, ttl_seconds: 60 })
    expect(Date.parse(first.reservation?.expires_at ?? '')).toBe(NOW_MS + 60_000)
    expect((await credits('r1', 7)).reservation).toEqual(first.reservation)
    gateway.passMs(60_000)
    expect((await credits('r1', 7)).reservation?.id).not.toBe(first.reservation?.id)
  })

  test('the estimate is rated as meter rates it', async () => {
    const asked = { request_id: 'r', model: 'gpt-5-mini', provider: 'openai' }
    const answer = await ask({
      ...asked,
      estimated_units: { tokens_input: 1_000_000, tokens_input_cached: 0 },
    })
    expect(answer.reservation?.credits).toBe(25)
    expect(
      await ask({ ...asked, request_id: 'x', model: 'nobody-knows', estimated_units: {} }),
    ).toMatchObject({
      status: 422,
      error: { code: 'unrated_model', field: 'model' },
    })
  })
})

describe('a reservation that another gateway holds', () => {
  const elsewhere = '0b0c0d0e-0000-4000-8000-000000000001.17'

  test('is not found by its request alone, and the answer says who looked and what to send', async () => {
    const { reservation } = await credits('r1', 5)
    const [gatewayId = ''] = reservation?.id.split('.') ?? []
    expect((await deleteReservation('r1')).statusCode).toBe(200)
    for (const requestId of ['r1', 'made-elsewhere', 'x'.repeat(128)]) {
      const answer = await deleteReservation(requestId)
      expect(answer.statusCode).toBe(404)
      expect(JSON.parse(answer.body)).toMatchObject({
        error: {
          code: 'unknown_reservation',
          gateway: gatewayId,
          hint: expect.stringContaining('?reservation=') as string,
        },
      })
    }
    expect(gateway.passedOn).toEqual([])
  })

  test('is released by its id at any gateway: the release is passed on, and counts as an event does', async () => {
    gateway = memoryGateway({ keyEventsPerSecond: 1 })
    const answer = await deleteReservation('r1', `?reservation=${elsewhere}`)
    expect(answer.statusCode).toBe(202)
    expect(JSON.parse(answer.body)).toEqual({
      request_id: 'r1',
      released: false,
      passed_on_to: elsewhere.slice(0, elsewhere.indexOf('.')),
    })
    expect(gateway.passedOn).toEqual([
      { schema: 1, api_key_id: 'registry', request_id: 'r1', reservation: elsewhere },
    ])
    expect((await deleteReservation('r1', `?reservation=${elsewhere}`)).statusCode).toBe(202)
    expect((await deleteReservation('r1', `?reservation=${elsewhere}`)).statusCode).toBe(429)
  })

  test('stays counted, and the caller is told so, when the release cannot be passed on', async () => {
    gateway.failWith('unavailable')
    const answer = await deleteReservation('r1', `?reservation=${elsewhere}`)
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBe('1')
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'log_unavailable' } })
  })

  test('no other is released than the one that is named', async () => {
    const first = await credits('r1', 5)
    const id = first.reservation?.id ?? ''
    expect((await deleteReservation('r1', `?reservation=${id}`)).statusCode).toBe(200)
    const second = await credits('r1', 5)
    expect(second.reservation?.id).not.toBe(id)
    expect((await deleteReservation('r1', `?reservation=${id}`)).statusCode).toBe(404)
    for (const query of [
      '?reservation=',
      '?reservation=7',
      `?reservation=${id}x`,
      `?reservation=${id}&reservation=${id}`,
    ]) {
      expect((await deleteReservation('r1', query)).statusCode).toBe(400)
    }
    expect(gateway.authorizations.reservations()).toBe(1)
    expect(gateway.passedOn).toEqual([])
  })
})

test.each(['"', '\\', 'a\nb', '\u2028é😀', '\ud800'])(
  'the answer repeats the request id %j as it came',
  async (id) => {
    const answer = await credits(id, 1)
    expect(answer).toMatchObject({ decision: 'allow', request_id: id })
  },
)

describe('under a hard cap', () => {
  test('as much is reserved as the cap leaves, and the rest is denied with what a person needs to know', async () => {
    limit({})
    gateway.owner.spentMicro.set(TEAM, 40 * CREDIT)
    expect(await credits('r1', 50)).toMatchObject({
      decision: 'allow',
      limit: { id: 'team-month', used_credits: 40, limit_credits: 100 },
    })
    expect(await credits('r2', 61)).toMatchObject({
      status: 200,
      decision: 'deny',
      code: 'hard_cap',
      reservation: null,
      limit: {
        id: 'team-month',
        source: 'limit',
        level: 'group',
        scope: TEAM,
        period: 'month',
        limit_credits: 100,
        used_credits: 40,
        remaining_credits: 60,
        resets_at: '2026-12-01T00:00:00.000Z',
      },
      retry_after_seconds: null,
      ask_for_more: { method: 'POST', path: '/v1/requests', kind: 'boost', subject: TEAM },
    })
  })

  test('what others hold at the moment is a matter of waiting, not of asking for more', async () => {
    limit({})
    await credits('r1', 60)
    const second = await credits('r2', 60)
    expect(second).toMatchObject({ decision: 'throttle', code: 'credits_held', retry_after_seconds: 2 })
    expect(second.headers['retry-after']).toBe('2')
    expect(await release('r1')).toBe(200)
    gateway.passMs(1_000)
    expect(await credits('r2', 60)).toMatchObject({ decision: 'allow' })
    expect(await release('r1')).toBe(404)
  })

  test('what is more than the whole cap is denied without asking anybody', async () => {
    limit({})
    gateway.owner.isSilent = true
    expect(await credits('r', 101)).toMatchObject({ decision: 'deny', code: 'hard_cap' })
  })

  test('all levels or none: what one level refuses, the others keep', async () => {
    limit({})
    limit({ id: 'org-month', level: 'workspace', scope: 'org:org-1', hard_cap_micro: 50 * CREDIT })
    gateway.owner.spentMicro.set('org:org-1', 45 * CREDIT)
    expect(await credits('r1', 10)).toMatchObject({ decision: 'deny', limit: { id: 'org-month' } })
    expect(gateway.authorizations.reservations()).toBe(0)
    // What the team's owner had lent for it goes back when nobody uses it.
    gateway.passMs(3_000)
    gateway.authorizations.tend()
    await expect.poll(() => gateway.owner.outstandingMicro(TEAM)).toBe(0)
    expect(await credits('r2', 5)).toMatchObject({ decision: 'allow' })
  })

  test('of an allocation, and of each user: the levels of the path', async () => {
    allocation({})
    limit({
      id: 'user-day',
      level: 'workspace',
      scope: 'org:org-1',
      per: 'user',
      period: 'day',
      hard_cap_micro: CREDIT,
    })
    expect(await ask({ request_id: 'a', credits: 2, user_id: 'ada' })).toMatchObject({
      decision: 'deny',
      limit: { id: 'user-day', scope: 'user:ada', resets_at: '2026-11-22T00:00:00.000Z' },
      ask_for_more: { kind: 'boost', subject: 'user:ada' },
    })
    expect(await credits('b', 2_000)).toMatchObject({
      decision: 'deny',
      limit: { id: 'alloc', source: 'allocation', scope: TEAM },
      ask_for_more: { kind: 'top_up', subject: 'allocation:alloc' },
    })
    expect(await credits('c', 2)).toMatchObject({ decision: 'allow' })
  })

  test('a raised cap is in force at once, and a lowered one too', async () => {
    limit({})
    expect(await credits('r1', 100)).toMatchObject({ decision: 'allow' })
    expect(await credits('r2', 20)).toMatchObject({ decision: 'throttle' })
    limit({ hard_cap_micro: 130 * CREDIT })
    expect(await credits('r2', 20)).toMatchObject({ decision: 'allow' })
    limit({ hard_cap_micro: 5 * CREDIT })
    expect(await credits('r3', 3)).toMatchObject({ decision: 'throttle' })
  })
})

describe('the usage event', () => {
  const report = (request_id: string) =>
    send(gateway.server, {
      method: 'POST',
      url: '/v1/events',
      headers: {
        authorization: `Bearer ${gateway.secrets.registry}`,
        'content-type': 'application/json',
      },
      payload: JSON.stringify({
        request_id,
        timestamp: NOW_MS,
        provider: 'openai',
        model_name: 'gpt-5-mini',
        operation_type: 'completion',
        units: { tokens_input: 1 },
      }),
    })

  test('of the same request settles it: the credits are free again when that is metered, not before', async () => {
    limit({})
    await credits('r1', 100)
    expect((await report('r1')).statusCode).toBe(202)
    gateway.authorizations.tend()
    expect(gateway.owner.outstandingMicro(TEAM)).toBe(100 * CREDIT)
    gateway.owner.tick(NOW_MS)
    expect(gateway.owner.outstandingMicro(TEAM)).toBe(0)
    expect(await release('r1')).toBe(404)
    expect((await credits('r1', 100)).reservation).toMatchObject({ state: 'settled' })
  })

  test('that could not be written settles nothing', async () => {
    limit({})
    await credits('r1', 100)
    gateway.failWith('unavailable')
    expect((await report('r1')).statusCode).toBe(503)
    gateway.authorizations.tend()
    gateway.owner.tick(NOW_MS)
    expect(gateway.owner.outstandingMicro(TEAM)).toBe(100 * CREDIT)
  })
})

describe('rules', () => {
  const until = { expires_at_ms: null, set_by: null }

  test('a block denies, also its model', async () => {
    gateway.change(put('block', 'b', { id: 'b', scope: 'model:gpt-5-mini', reason: 'incident 7', ...until }))
    expect(await credits('r', 1)).toMatchObject({
      decision: 'deny',
      code: 'blocked',
      rule: { id: 'b', scope: 'model:gpt-5-mini' },
      limit: null,
    })
    expect(await ask({ request_id: 'r', credits: 1, model: 'gpt-5' })).toMatchObject({ decision: 'allow' })
  })

  test('a model that the list does not have is denied', async () => {
    allocation({ approved_models: ['gpt-5-nano*'] })
    expect(await credits('r', 1)).toMatchObject({ code: 'model_not_allowed', rule: { id: 'alloc' } })
    expect(await ask({ request_id: 'r', credits: 1, model: 'gpt-5-nano' })).toMatchObject({
      decision: 'allow',
    })
  })

  const policy = (label: string, change: Partial<LabelPolicy>): void => {
    const data: LabelPolicy = { id: label, label, required: false, allowed_values: [], ...change }
    gateway.change(put('label_policy', label, data))
  }
  const labelled = (usage_labels: object, secret?: string) =>
    ask({ request_id: 'r', credits: 1, usage_labels }, secret)

  test('labels that are sent are held against the key and the policies, as those of the event will be', async () => {
    policy('feature', { required: true })
    policy('stage', { allowed_values: ['blue'] })
    expect(await labelled({ stage: 'blue' })).toMatchObject({
      status: 200,
      decision: 'deny',
      code: 'label_missing',
      field: 'usage_labels.feature',
      reservation: null,
    })
    expect(await labelled({ feature: 'chat', stage: 'red' })).toMatchObject({
      code: 'label_not_allowed',
      field: 'usage_labels.stage',
    })
    expect(await labelled({ feature: 'chat', team: 'fraud' })).toMatchObject({
      code: 'contradicting_label',
      field: 'usage_labels.team',
    })
    expect(await labelled({ feature: 'chat' }, gateway.secrets.homeless)).toMatchObject({ status: 403 })
    expect(gateway.authorizations.reservations()).toBe(0)
    expect(await labelled({ feature: 'chat', stage: 'blue', team: 'payments' })).toMatchObject({
      decision: 'allow',
    })
  })

  test('labels that are not sent are not judged: they may come with the event', async () => {
    policy('feature', { required: true })
    expect(await credits('r', 1)).toMatchObject({ decision: 'allow' })
    expect(await ask({ request_id: 'r2', credits: 1, usage_labels: {} })).toMatchObject({
      code: 'label_missing',
    })
  })

  test('a rate throttles each key, and says when to come again; a repeated request is no new one', async () => {
    const rule = { id: 'slow', scope: 'org:org-1', environments: [], max_rps: 2, ...until } as const
    gateway.change(put('rate_rule', rule.id, rule))
    expect(await credits('r1', 1)).toMatchObject({ decision: 'allow' })
    expect(await credits('r2', 1)).toMatchObject({ decision: 'allow' })
    const third = await credits('r3', 1)
    expect(third).toMatchObject({ decision: 'throttle', code: 'rate_limited', rule: { id: 'slow' } })
    expect(third.headers['retry-after']).toBe('1')
    expect(await credits('r1', 1)).toMatchObject({ decision: 'allow' })
    gateway.passMs(500)
    expect(await credits('r3', 1)).toMatchObject({ decision: 'allow' })
  })
})

describe('while the owner is silent', () => {
  const silentAnswer = async () => {
    gateway.owner.isSilent = true
    const asked = credits('r', 1)
    return passing(asked)
  }

  // The wait is by timer; the clock of the gateway is the test's.
  async function passing<T>(asked: Promise<T>): Promise<T> {
    const clock = setInterval(() => gateway.passMs(50), 10)
    return asked.finally(() => clearInterval(clock))
  }

  test('a limit that fails closed throttles', async () => {
    limit({})
    expect(await silentAnswer()).toMatchObject({
      decision: 'throttle',
      code: 'owner_unreachable',
      retry_after_seconds: 1,
      limit: { id: 'team-month', fails: 'closed' },
    })
  })

  test('a limit that fails open lets pass, and says that nobody checked; then nobody waits any more', async () => {
    limit({ on_owner_unreachable: 'open' })
    expect(await silentAnswer()).toMatchObject({ decision: 'allow', reservation: { unverified: [TEAM] } })
    const startedMs = performance.now()
    expect(await credits('r2', 1)).toMatchObject({ decision: 'allow' })
    expect(performance.now() - startedMs).toBeLessThan(500)
  })

  test('what was lent before is spent to its end, and not a moment longer', async () => {
    limit({})
    expect(await credits('r1', 1)).toMatchObject({ decision: 'allow' })
    gateway.owner.isSilent = true
    gateway.passMs(9_999)
    expect(await credits('r2', 1)).toMatchObject({ decision: 'allow' })
    gateway.passMs(1)
    expect(await passing(credits('r3', 1))).toMatchObject({ decision: 'throttle', code: 'owner_unreachable' })
  })
})

describe('who asks', () => {
  test('a proxy and the admin name the key, others may not', async () => {
    const body = { request_id: 'r', credits: 1, api_key: 'registry' }
    expect(await ask(body, gateway.secrets.proxy)).toMatchObject({ decision: 'allow' })
    expect(await ask(body, ADMIN_TOKEN)).toMatchObject({ decision: 'allow' })
    expect(await ask(body)).toMatchObject({ decision: 'allow' })
    expect(await ask({ ...body, api_key: 'proxy' })).toMatchObject({
      status: 403,
      error: { code: 'not_your_key', field: 'api_key' },
    })
    expect(await ask({ request_id: 'r', credits: 1 }, ADMIN_TOKEN)).toMatchObject({ status: 400 })
    expect(await ask({ ...body, api_key: 'nobody' }, ADMIN_TOKEN)).toMatchObject({
      status: 422,
      error: { code: 'unknown_key' },
    })
    expect(await ask(body, 'mlk_nonsense')).toMatchObject({ status: 401 })
    expect(await ask(body, gateway.secrets.disabled)).toMatchObject({ status: 403 })
    expect(await ask({ request_id: 'r', credits: 1 }, gateway.secrets.homeless)).toMatchObject({
      status: 403,
      error: { code: 'incomplete_key' },
    })
  })

  test.each([
    [{ credits: 1 }, 'request_id'],
    [{ request_id: 'r' }, undefined],
    [{ request_id: 'r', credits: 1, estimated_units: {} }, undefined],
    [{ request_id: 'r', credits: -1 }, 'credits'],
    [{ request_id: 'r', credits: 1, ttl_seconds: 0 }, 'ttl_seconds'],
    [{ request_id: 'r', estimated_units: { tokens_input: -1 } }, 'estimated_units.tokens_input'],
    [{ request_id: 'r', credits: 1, colour: 'red' }, undefined],
    [{ request_id: 'r', credits: 1, usage_labels: { a: 1 } }, 'usage_labels.a'],
    [{ request_id: 'r', credits: 1, usage_labels: { a: 'x'.repeat(257) } }, 'usage_labels.a'],
  ])('%j is refused with its field', async (body, field) => {
    const answer = await ask(body)
    expect(answer).toMatchObject({ status: 400, error: { code: 'invalid_field' } })
    expect(answer.error?.field).toBe(field)
  })
})
