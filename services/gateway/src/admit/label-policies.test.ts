import { FRAME_BYTES, HEADERS, usageEventCodec } from '@meterline/contract'
import type { LabelPolicy } from '@meterline/domain'
import { beforeEach, describe, expect, test } from 'vitest'

import { ADMIN_TOKEN, memoryGateway, NOW_MS } from '../testing/memory-gateway.ts'
import type { MemoryGateway } from '../testing/memory-gateway.ts'
import { CANONICAL_LABELS, put } from '../testing/sample-organization.ts'

const policy = (label: string, change: Partial<LabelPolicy> = {}) =>
  put('label_policy', `p-${label}`, {
    id: `p-${label}`,
    label,
    required: false,
    allowed_values: [],
    ...change,
  })

let gateway: MemoryGateway
beforeEach(() => {
  gateway = memoryGateway()
})

const event = (usage_labels?: object, change: object = {}) => ({
  request_id: 'r1',
  timestamp: NOW_MS,
  provider: 'openai',
  model_name: 'gpt-5-mini',
  operation_type: 'completion',
  units: { tokens_input: 10 },
  ...(usage_labels === undefined ? {} : { usage_labels }),
  ...change,
})

async function post(payload: object, secret = gateway.secrets.registry) {
  const headers = { authorization: `Bearer ${secret}` }
  const response = await gateway.server.inject({ method: 'POST', url: '/v1/events', headers, payload })
  return { status: response.statusCode, body: response.json<object>() }
}

const written = (topic: string) =>
  gateway.written.filter((batch) => batch.topic === topic).flatMap(({ messages }) => messages)

describe('an event', () => {
  test('is refused for a label that is missing or not allowed, by index and field, and kept for a replay', async () => {
    gateway.change(
      policy('feature', { required: true }),
      policy('stage', { allowed_values: ['blue', 'green'] }),
    )
    const bad = event({ feature: 'chat', stage: 'red' }, { request_id: 'r2' })
    const answer = await post([
      event({ feature: 'chat', stage: 'blue' }),
      bad,
      event({}),
      event({ feature: '' }),
    ])
    expect(answer).toMatchObject({
      status: 202,
      body: {
        accepted: 1,
        rejected: [
          {
            index: 1,
            request_id: 'r2',
            code: 'label_not_allowed',
            field: 'usage_labels.stage',
            message:
              'usage_labels.stage is "red", allowed is "blue", "green" by a label policy: set it on the event',
          },
          { index: 2, code: 'label_missing', field: 'usage_labels.feature' },
          { index: 3, code: 'label_missing', field: 'usage_labels.feature' },
        ],
      },
    })
    const [kept] = written('usage.rejected')
    expect(JSON.parse(String(kept?.value))).toEqual(bad)
    expect(kept?.headers).toMatchObject({ [HEADERS.reason]: 'label_not_allowed', [HEADERS.stage]: 'gateway' })
  })

  test('is taken as soon as the policy is gone', async () => {
    const required = policy('feature', { required: true })
    gateway.change(required)
    expect((await post(event())).status).toBe(400)
    const { schema, command_id, at_ms, actor, id } = required
    gateway.change({ schema, command_id, at_ms, actor, kind: 'label_policy', id, type: 'removed' })
    expect((await post(event())).status).toBe(202)
  })

  test('has the labels of its key: they do for what is required', async () => {
    gateway.change(policy('team', { required: true, allowed_values: ['payments'] }))
    gateway.change(policy('tier', { required: true, allowed_values: ['gold', 'silver'] }))
    expect((await post(event())).status).toBe(202)
    const [record] = written('usage.events')
    const taken = usageEventCodec.decode((record?.value ?? Buffer.alloc(0)).subarray(FRAME_BYTES))
    expect(taken.usage_labels).toEqual(CANONICAL_LABELS)
  })

  test('of a key whose own label breaks a policy is refused, and the key knows', async () => {
    gateway.change(policy('tier', { allowed_values: ['silver'] }))
    expect(await post(event())).toMatchObject({
      status: 400,
      body: {
        rejected: [
          {
            code: 'label_not_allowed',
            field: 'usage_labels.tier',
            message: expect.stringContaining('change that in the organization') as string,
          },
        ],
      },
    })
    const headers = { authorization: `Bearer ${gateway.secrets.registry}` }
    const whoami = await gateway.server.inject({ url: '/v1/whoami', headers })
    expect(whoami.json()).toMatchObject({ complete: false })
  })

  test('with the admin token is held against them too', async () => {
    gateway.change(policy('feature', { required: true }))
    const others = event({}, { api_key_id: 'registry' })
    expect((await post(others, ADMIN_TOKEN)).status).toBe(400)
  })

  test('that corrects a call is not: the labels stay those of the call', async () => {
    gateway.change(policy('feature', { required: true }))
    expect((await post(event({}, { corrects: 'r0' }))).status).toBe(202)
  })

  test('nothing is missing for good from a key that lacks a required label of its events', async () => {
    gateway.change(policy('feature', { required: true }))
    const headers = { authorization: `Bearer ${gateway.secrets.registry}` }
    const whoami = await gateway.server.inject({ url: '/v1/whoami', headers })
    expect(whoami.json()).toMatchObject({ complete: true })
  })
})
