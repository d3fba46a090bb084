import type { FastifyInstance, FastifyRequest } from 'fastify'

import { authenticate } from '../auth/authenticate.ts'
import type { Caller } from '../auth/caller.ts'
import { authorizationAnswer } from '../authorize/authorization-answer.ts'
import { parseAuthorization } from '../authorize/authorization-input.ts'
import { AUTHORIZE } from '../authorize/bounds.ts'
import { spendingKey } from '../authorize/payer.ts'
import type { Gateway } from '../gateway.ts'
import { ApiError } from '../http/api-error.ts'
import { decodedBody } from '../http/decoded-body.ts'

/** May this key spend about that much? The reservation is settled by the usage event of the same request, or released. */
export function addAuthorizations(server: FastifyInstance, gateway: Gateway): void {
  const callers = new WeakMap<FastifyRequest, Caller>()
  const onRequest = async (request: FastifyRequest): Promise<void> => {
    const known = { ...gateway, nowMs: gateway.nowMs() }
    callers.set(request, authenticate(request.headers.authorization, known))
  }
  const callerOf = (request: FastifyRequest): Caller => {
    const caller = callers.get(request)
    if (caller === undefined) throw new Error('a request reached its handler without a caller')
    return caller
  }

  server.post('/v1/authorizations', {
    bodyLimit: AUTHORIZE.maxBodyBytes,
    onRequest,
    async handler(request, reply) {
      const startedMs = performance.now()
      const { body, headers } = request
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
      const plain = headers['content-encoding'] === undefined
      const input = parseAuthorization(plain ? bytes : await decodedBody(bytes, headers['content-encoding']))
      const { view } = gateway
      const key = spendingKey(callerOf(request), input.apiKey, { view, nowMs: gateway.nowMs() })
      const decision = await gateway.authorizations.authorizer.authorize(key, input)
      gateway.events.authorized({
        apiKeyId: key.id,
        decision: decision.decision,
        code: decision.decision === 'allow' ? '' : decision.code,
        durationMs: performance.now() - startedMs,
      })
      if (decision.decision === 'throttle') void reply.header('retry-after', decision.retryAfterSeconds)
      return reply.send(authorizationAnswer(input.requestId, decision))
    },
  })

  server.delete<{ Params: { request_id: string }; Querystring: { api_key?: string } }>(
    '/v1/authorizations/:request_id',
    {
      onRequest,
      handler(request, reply) {
        const { view } = gateway
        const stated = request.query.api_key
        const key = spendingKey(callerOf(request), stated, { view, nowMs: gateway.nowMs() })
        const { request_id } = request.params
        if (!gateway.authorizations.release(key.id, request_id)) {
          throw new ApiError(404, 'unknown_reservation', `nothing is reserved here for ${request_id}`, {
            hint: 'it was settled, it expired, or another gateway made it: then it expires by itself',
          })
        }
        return reply.send({ request_id, released: true })
      },
    },
  )
}
