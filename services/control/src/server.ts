import { ClickhouseError } from '@meterline/clickhouse'
import { addErrorHandlers, ApiError, methodsOf } from '@meterline/http'
import { KafkaError } from '@meterline/kafka'
import { addHealthRoutes } from '@meterline/runtime'
import type { Probe, Registry } from '@meterline/runtime'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'

import type { Control } from './control.ts'
import { openApiDocument } from './openapi/document.ts'
import { ALL_ROUTES } from './routes/all-routes.ts'
import { addRoutes } from './routing/add-routes.ts'

/** As large as an organization file may be, in JSON. */
const MAX_BODY_BYTES = 16 * 1024 * 1024
const MAX_HEADER_BYTES = 16 * 1024
const REQUEST_TIMEOUT_MS = 30_000
const RETRY_AFTER_SECONDS = 1

export function createServer(
  control: Control,
  health: { readonly probes: readonly Probe[]; readonly metrics: Registry },
): FastifyInstance {
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
  })
  server.addContentTypeParser(
    ['application/yaml', 'application/x-yaml', 'text/yaml'],
    { parseAs: 'string' },
    (_request, body, done) => done(null, body),
  )
  // Whoever sends no body may still say that it would be JSON, as many clients do for every request.
  const parseJson = server.getDefaultJsonParser('error', 'error')
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) =>
    body === '' ? done(null, undefined) : parseJson(request, body, done),
  )
  addErrorHandlers(server, {
    knownError,
    allowedMethods: methodsOf(ALL_ROUTES),
    maxBodyBytes: MAX_BODY_BYTES,
    onDefect: (err) => control.events.requestDefect({ err }),
  })
  addHealthRoutes(server, health)
  addRoutes(server, control, ALL_ROUTES)
  server.get('/openapi.json', () => openApiDocument())
  return server
}

function knownError(error: unknown): ApiError | undefined {
  const options = { retryAfterSeconds: RETRY_AFTER_SECONDS, cause: error }
  if (error instanceof KafkaError) {
    return new ApiError(503, 'log_unavailable', 'the log cannot be read or written now', options)
  }
  if (error instanceof ClickhouseError) {
    return new ApiError(503, 'history_unavailable', 'ClickHouse does not answer this now', options)
  }
  return undefined
}
