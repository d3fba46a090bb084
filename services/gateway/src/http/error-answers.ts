import { MAX_BODY_BYTES } from '@meterline/contract'
import { KafkaError } from '@meterline/kafka'
import type { FastifyInstance, FastifyReply } from 'fastify'

import { ApiError } from './api-error.ts'

const RETRY_AFTER_SECONDS = 1
const METHODS_OF_PATH: Readonly<Record<string, string>> = {
  '/v1/events': 'POST',
  '/v1/authorizations': 'POST',
  '/v1/whoami': 'GET',
}

/** Every answer that is no success goes through here: one shape, `Retry-After` where trying again helps. */
export function addErrorAnswers(server: FastifyInstance, onDefect: (error: unknown) => void): void {
  server.setErrorHandler(async (error: unknown, _request, reply) =>
    sendError(reply, apiErrorOf(error, onDefect)),
  )
  server.setNotFoundHandler(async (request, reply) => {
    const allowed = METHODS_OF_PATH[request.url.split('?')[0] ?? '']
    if (allowed === undefined) {
      return sendError(
        reply,
        new ApiError(404, 'not_found', 'there is nothing here', { hint: 'see /openapi.json' }),
      )
    }
    return sendError(
      reply.header('allow', allowed),
      new ApiError(405, 'method_not_allowed', `this address takes ${allowed} only`),
    )
  })
}

function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  return reply.headers(errorHeaders(error)).code(error.status).send(error.body())
}

/** What goes with the body of an error. */
export function errorHeaders({ status, retryAfterSeconds }: ApiError): Record<string, string> {
  return {
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    // Whatever is left of a body that was refused unread is not read as the next request.
    ...(status === 413 ? { connection: 'close' } : {}),
  }
}

/** What a client is told of an error, and whether it is a defect of ours. */
export function apiErrorOf(error: unknown, onDefect: (error: unknown) => void): ApiError {
  const answer = knownError(error)
  if (answer.status >= 500 && answer.code === 'internal_error') onDefect(error)
  return answer
}

function knownError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof KafkaError) return kafkaAnswer(error)
  const { statusCode } = (typeof error === 'object' && error !== null ? error : {}) as {
    statusCode?: unknown
  }
  if (statusCode === 413) {
    return new ApiError(413, 'body_too_large', `a request is at most ${MAX_BODY_BYTES} bytes`, {
      hint: 'send fewer events in one request',
    })
  }
  if (statusCode === 415) return new ApiError(415, 'unsupported_media_type', 'the Content-Type is not valid')
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new ApiError(statusCode, 'bad_request', error instanceof Error ? error.message : 'bad request')
  }
  return new ApiError(500, 'internal_error', 'something went wrong here; nothing was accepted', {
    cause: error,
  })
}

function kafkaAnswer(error: KafkaError): ApiError {
  const options = { retryAfterSeconds: RETRY_AFTER_SECONDS, cause: error }
  if (error.code === 'full') {
    return new ApiError(429, 'too_many_bytes_in_flight', 'more is waiting to be written than fits', options)
  }
  return new ApiError(503, 'log_unavailable', 'the events could not be written in time', {
    ...options,
    hint: 'send the same events again: the same request_id counts once',
  })
}
