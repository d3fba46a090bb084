import type { FastifyInstance } from 'fastify'
import fastify from 'fastify'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { completeWithin, SpendRefused } from '../../../examples/authorized-openai.ts'
import { memoryGateway, type MemoryGateway } from './testing/memory-gateway.ts'
import { put } from './testing/sample-organization.ts'

const CREDIT = 1_000_000
const TEAM = 'team:payments'
const CALL = { model: 'gpt-5-mini', prompt: 'Say hello', maxTokens: 1_000 }

let gateway: MemoryGateway
let openAi: FastifyInstance
let meterline: Parameters<typeof completeWithin>[0]
let provider: Parameters<typeof completeWithin>[1]
let calls: unknown[]
let providerStatus: number

// The endpoint as OpenAI documents it: the request that is taken, the answer with its usage, the error.
beforeEach(async () => {
  gateway = memoryGateway()
  calls = []
  providerStatus = 200
  openAi = fastify()
  openAi.post('/v1/chat/completions', async (request, reply) => {
    calls.push(request.body)
    if (providerStatus !== 200) {
      return reply.code(providerStatus).send({ error: { message: 'overloaded', type: 'server_error' } })
    }
    return {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      model: 'gpt-5-mini-2025-08-07',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 2,
        total_tokens: 12,
        prompt_tokens_details: { cached_tokens: 4 },
      },
    }
  })
  const [gatewayUrl, openAiUrl] = await Promise.all([listen(gateway.server), listen(openAi)])
  meterline = { gatewayUrl, secret: gateway.secrets.registry, onUnknown: 'closed' }
  provider = { baseUrl: `${openAiUrl}/v1`, apiKey: 'sk-test' }
  // The events of the example carry the real time.
  gateway.passMs(Date.now() - Date.parse('2026-11-21T04:00:00Z'))
  cap(100)
})

afterEach(async () => {
  await gateway.server.close()
  await openAi.close()
})

async function listen(server: FastifyInstance): Promise<string> {
  await server.listen({ host: '127.0.0.1', port: 0 })
  return `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
}

function cap(credits: number): void {
  gateway.change(
    put('limit', 'cap', {
      id: 'cap',
      level: 'group',
      scope: TEAM,
      per: 'scope',
      period: 'month',
      soft_cap_micro: null,
      hard_cap_micro: credits * CREDIT,
      expires_at_ms: null,
      review_at_ms: null,
      on_owner_unreachable: 'closed',
      reason: 'test',
    }),
  )
}

test('asks, calls, reports: the reservation is settled by its usage', async () => {
  expect(await completeWithin(meterline, provider, CALL)).toBe('Hello')
  expect(calls).toEqual([
    {
      model: 'gpt-5-mini',
      messages: [{ role: 'user', content: 'Say hello' }],
      max_completion_tokens: 1_000,
    },
  ])
  expect(gateway.written.flatMap(({ messages }) => messages)).toHaveLength(1)
  expect(gateway.authorizations.reservations()).toBe(1)
  gateway.passMs(10_000)
  gateway.authorizations.tend()
  gateway.owner.tick(Date.now())
  expect(gateway.owner.outstandingMicro(TEAM)).toBe(0)
})

test('what the budget denies is not called, and the caller is told why', async () => {
  cap(0.01)
  const refused = await completeWithin(meterline, provider, CALL).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(SpendRefused)
  expect((refused as SpendRefused).answer).toMatchObject({
    decision: 'deny',
    code: 'hard_cap',
    limit: { scope: TEAM },
    ask_for_more: { path: '/v1/requests' },
  })
  expect(calls).toEqual([])
})

test('a call that failed frees its credits at once', async () => {
  providerStatus = 503
  await expect(completeWithin(meterline, provider, CALL)).rejects.toThrow('OpenAI: 503')
  expect(gateway.authorizations.reservations()).toBe(0)
  expect(gateway.written).toEqual([])
})

test('without Meterline: closed does not call, open does', async () => {
  const { gatewayUrl } = meterline
  await gateway.server.close()
  await expect(completeWithin({ ...meterline, gatewayUrl }, provider, CALL)).rejects.toThrow('not made')
  expect(calls).toEqual([])
  expect(await completeWithin({ ...meterline, onUnknown: 'open' }, provider, CALL)).toBe('Hello')
  expect(calls).toHaveLength(1)
})
