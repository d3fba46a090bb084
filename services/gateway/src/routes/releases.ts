import type { ApiKey } from '@meterline/domain'
import { USAGE_BOUNDS } from '@meterline/domain'
import { KafkaError } from '@meterline/kafka'
import type { FastifyInstance } from 'fastify'

import { callerOf, whenCallerIsKnown } from '../auth/request-caller.ts'
import { spendingKey } from '../authorize/payer.ts'
import { gatewayOf, isReservationId } from '../authorize/reservation-id.ts'
import type { Gateway } from '../gateway.ts'
import { ApiError } from '../http/api-error.ts'

interface Asked {
  readonly requestId: string
  /** Which reservation of the request is meant, and so who holds it. */
  readonly reservation: string | undefined
}

/** No call was made: 200 when the credits are free again, 202 when the gateway that holds them has been told. */
export function addReleases(server: FastifyInstance, gateway: Gateway): void {
  server.delete<{ Params: { request_id: string }; Querystring: { api_key?: string; reservation?: string } }>(
    '/v1/authorizations/:request_id',
    {
      onRequest: whenCallerIsKnown(gateway),
      async handler(request, reply) {
        const { api_key: stated, reservation } = request.query
        const { view } = gateway
        const key = spendingKey(callerOf(request), stated, { view, nowMs: gateway.nowMs() })
        const { request_id } = request.params
        const asked = { requestId: request_id, reservation: reservationIn(reservation) }
        if (gateway.authorizations.release(key.id, asked.requestId, asked.reservation)) {
          return reply.send({ request_id, released: true })
        }
        const holder = await passOn(gateway, key, asked)
        return reply.code(202).send({ request_id, released: false, passed_on_to: holder })
      },
    },
  )
}

function reservationIn(stated: unknown): string | undefined {
  if (stated === undefined) return undefined
  if (typeof stated === 'string' && isReservationId(stated)) return stated
  throw new ApiError(400, 'invalid_field', 'reservation: not the id of a reservation', {
    field: 'reservation',
  })
}

/** Tells the gateway that made the reservation, and answers its name. Throws `ApiError` 404 where there is no other to tell. */
async function passOn(gateway: Gateway, key: ApiKey, { requestId, reservation }: Asked): Promise<string> {
  const { gatewayId } = gateway.authorizations
  const holder = reservation === undefined ? undefined : gatewayOf(reservation)
  const canBeThere = holder !== gatewayId && requestId.length <= USAGE_BOUNDS.maxIdLength
  if (reservation === undefined || holder === undefined || !canBeThere) {
    throw new ApiError(404, 'unknown_reservation', `this gateway holds nothing for ${requestId}`, {
      hint:
        holder === undefined
          ? 'say which: ?reservation=<its id>, and the release is passed on to the gateway that holds it; without the id only that one can release it'
          : 'it was settled, released, or has expired',
      details: { gateway: gatewayId },
    })
  }
  const nowMs = gateway.nowMs()
  // A record each: they count as events do.
  gateway.keyRates.check(key.id, nowMs)
  gateway.keyRates.count(key.id, 1, nowMs)
  await gateway.releases
    .send({ schema: 1, api_key_id: key.id, request_id: requestId, reservation })
    .catch(refuse)
  return holder
}

function refuse(error: unknown): never {
  if (!(error instanceof KafkaError)) throw error
  throw new ApiError(
    503,
    'log_unavailable',
    'the release could not be passed on; the reservation expires by itself',
    {
      retryAfterSeconds: 1,
      hint: 'release it again: twice is the same as once',
      cause: error,
    },
  )
}
