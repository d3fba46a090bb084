import type { FastifyInstance } from 'fastify'

import { callerOf, whenCallerIsKnown } from '../auth/request-caller.ts'
import { authorizationAnswer } from '../authorize/authorization-answer.ts'
import { parseAuthorization } from '../authorize/authorization-input.ts'
import { AUTHORIZE } from '../authorize/bounds.ts'
import { spendingKey } from '../authorize/payer.ts'
import type { Gateway } from '../gateway.ts'
import { ApiError } from '../http/api-error.ts'
import { decodedBody } from '../http/decoded-body.ts'

const JSON_TYPE = 'application/json; charset=utf-8'

/** May this key spend about that much? The reservation is settled by the usage event of the same request, or released. */
export function addAuthorizations(server: FastifyInstance, gateway: Gateway): void {
  const onRequest = whenCallerIsKnown(gateway)
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
      return reply.type(JSON_TYPE).send(authorizationAnswer(input.requestId, decision))
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
          const { gatewayId } = gateway.authorizations
          throw new ApiError(404, 'unknown_reservation', `this gateway holds nothing for ${request_id}`, {
            hint: 'where the id of the reservation begins with another gateway, only that one can release it, and it expires by itself; else it was settled, released, or has expired',
            details: { gateway: gatewayId },
          })
        }
        return reply.send({ request_id, released: true })
      },
    },
  )
}
