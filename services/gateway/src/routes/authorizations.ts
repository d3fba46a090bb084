import type { FastifyInstance } from 'fastify'

import { authenticate } from '../auth/authenticate.ts'
import type { Caller } from '../auth/caller.ts'
import { callerOf, whenCallerIsKnown } from '../auth/request-caller.ts'
import { authorizationAnswer } from '../authorize/authorization-answer.ts'
import { parseAuthorization } from '../authorize/authorization-input.ts'
import { AUTHORIZE } from '../authorize/bounds.ts'
import { spendingKey } from '../authorize/payer.ts'
import type { Gateway } from '../gateway.ts'
import { decodedBody } from '../http/decoded-body.ts'
import type { DirectAnswer, DirectRoute } from '../http/direct/direct-route.ts'
import { JSON_TYPE } from '../http/direct/direct-route.ts'

const PATH = '/v1/authorizations'

/** May this key spend about that much? The reservation is settled by the usage event of the same request, or released. */
export function addAuthorizations(server: FastifyInstance, gateway: Gateway): void {
  server.post(PATH, {
    bodyLimit: AUTHORIZE.maxBodyBytes,
    onRequest: whenCallerIsKnown(gateway),
    async handler(request, reply) {
      const { body, headers } = request
      const sent = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
      const bytes = await decodedBody(sent, headers['content-encoding'])
      const answer = await authorize(gateway, callerOf(request), bytes)
      return reply.headers(answer.headers).type(JSON_TYPE).send(answer.body)
    },
  })
}

/** The same question past the framework. */
export function directAuthorizations(gateway: Gateway): DirectRoute {
  const { view, adminToken } = gateway
  return {
    path: PATH,
    maxBodyBytes: AUTHORIZE.maxBodyBytes,
    open({ headers }) {
      const caller = authenticate(headers.authorization, { view, adminToken, nowMs: gateway.nowMs() })
      return (body) => authorize(gateway, caller, body)
    },
  }
}

async function authorize(gateway: Gateway, caller: Caller, body: Buffer): Promise<DirectAnswer> {
  const startedMs = performance.now()
  const input = parseAuthorization(body)
  const key = spendingKey(caller, input.apiKey, { view: gateway.view, nowMs: gateway.nowMs() })
  const decision = await gateway.authorizations.authorizer.authorize(key, input)
  gateway.events.authorized({
    apiKeyId: key.id,
    decision: decision.decision,
    code: decision.decision === 'allow' ? '' : decision.code,
    durationMs: performance.now() - startedMs,
  })
  return {
    status: 200,
    headers: decision.decision === 'throttle' ? { 'retry-after': String(decision.retryAfterSeconds) } : NONE,
    body: authorizationAnswer(input.requestId, decision),
  }
}

const NONE = {}
