import type { FastifyInstance, FastifyReply } from 'fastify'

import { ApiError } from './api-error.ts'

/** Every answer that is no success, in one shape, with `Retry-After` where trying again helps. */
export function sendError(reply: FastifyReply, error: ApiError): FastifyReply {
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds)
  if (error.status === 401) reply.header('www-authenticate', 'Bearer')
  // Whatever is left of a body that was refused unread is not read as the next request.
  if (error.status === 413) reply.header('connection', 'close')
  return reply.code(error.status).send(error.body())
}

/** Which methods an address takes, for those that answer 405 instead of 404. */
export type AllowedMethods = (path: string) => string | undefined

/** Answers whatever a handler threw. `knownError` turns errors of other layers into answers; the rest is a defect: 500, and told. */
export function addErrorHandlers(
  server: FastifyInstance,
  of: {
    readonly knownError: (error: unknown) => ApiError | undefined
    readonly allowedMethods: AllowedMethods
    readonly maxBodyBytes: number
    readonly onDefect: (error: unknown) => void
  },
): void {
  server.setErrorHandler(async (error: unknown, _request, reply) => {
    const answer =
      error instanceof ApiError ? error : (of.knownError(error) ?? frameworkError(error, of.maxBodyBytes))
    if (answer.status >= 500 && answer.code === 'internal_error') of.onDefect(error)
    return sendError(reply, answer)
  })
  server.setNotFoundHandler(async (request, reply) => {
    const allowed = of.allowedMethods(request.url.split('?')[0] ?? '')
    if (allowed === undefined) {
      const hint = 'see /openapi.json'
      return sendError(reply, new ApiError(404, 'not_found', 'there is nothing here', { hint }))
    }
    reply.header('allow', allowed)
    return sendError(reply, new ApiError(405, 'method_not_allowed', `this address takes ${allowed} only`))
  })
}

/** What the HTTP framework refuses by itself carries a status; what carries none is ours. */
function frameworkError(error: unknown, maxBodyBytes: number): ApiError {
  const { statusCode, message } = (typeof error === 'object' && error !== null ? error : {}) as {
    statusCode?: unknown
    message?: unknown
  }
  if (statusCode === 413) {
    return new ApiError(413, 'body_too_large', `a request is at most ${maxBodyBytes} bytes`)
  }
  if (statusCode === 415) {
    return new ApiError(415, 'unsupported_media_type', 'the Content-Type is not one that is read here')
  }
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new ApiError(statusCode, 'bad_request', typeof message === 'string' ? message : 'bad request')
  }
  return new ApiError(500, 'internal_error', 'something went wrong here', { cause: error })
}
