import { MAX_BODY_BYTES } from '@meterline/contract'
import { addHealthRoutes } from '@meterline/runtime'
import type { Probe, Registry } from '@meterline/runtime'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'

import { addCallerToRequests } from './auth/request-caller.ts'
import { LIMITS } from './bounds/limits.ts'
import type { Gateway } from './gateway.ts'
import { serveDirectly } from './http/direct/serve-directly.ts'
import { addErrorAnswers } from './http/error-answers.ts'
import { openApiDocument } from './openapi/document.ts'
import { addAuthorizations, directAuthorizations } from './routes/authorizations.ts'
import { addPostEvents, directPostEvents } from './routes/post-events.ts'
import { addReleases } from './routes/releases.ts'
import { addWhoami } from './routes/whoami.ts'

export function createServer(
  gateway: Gateway,
  health: { readonly probes: readonly Probe[]; readonly metrics: Registry },
): FastifyInstance {
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: LIMITS.requestTimeoutMs,
    forceCloseConnections: 'idle',
    // What still comes on an open connection is answered as ever, and the connection ends: a bare 503 says nothing of when to come back.
    return503OnClosing: false,
    http: { maxHeaderSize: LIMITS.maxHeaderBytes },
    // A request id in a path, as it is written there: each byte may be three characters.
    routerOptions: { maxParamLength: LIMITS.maxHeaderBytes },
  })
  // Bodies are parsed by us, strictly; fastify only collects and bounds them.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  addCallerToRequests(server)
  const onDefect = (err: unknown): void => gateway.events.requestDefect({ err })
  addErrorAnswers(server, onDefect)
  addHealthRoutes(server, health)
  addPostEvents(server, gateway)
  addAuthorizations(server, gateway)
  addReleases(server, gateway)
  addWhoami(server, gateway)
  server.get('/openapi.json', () => openApiDocument)
  serveDirectly(server, [directAuthorizations(gateway), directPostEvents(gateway)], onDefect)
  return server
}
