import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'

import { RegistryFault } from './catalogue/faults.ts'
import type { SchemaRegistry } from './registry.ts'
import { addCompatibilityRoutes } from './routes/compatibility.ts'
import { addSchemaRoutes } from './routes/schemas.ts'
import { addSubjectRoutes } from './routes/subjects.ts'

const MAX_SCHEMA_BODY_BYTES = 1024 * 1024
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json'
const MEDIA_TYPES = [MEDIA_TYPE, 'application/vnd.schemaregistry+json', 'application/octet-stream']

/** The subset of the Schema Registry REST API that producers, consumers and their common clients call. */
export function createServer(
  registry: SchemaRegistry,
  onFault: (error: unknown, path: string) => void,
): FastifyInstance {
  const server = fastify({ bodyLimit: MAX_SCHEMA_BODY_BYTES, forceCloseConnections: true })
  server.addContentTypeParser(
    MEDIA_TYPES,
    { parseAs: 'string' },
    server.getDefaultJsonParser('error', 'error'),
  )
  server.addHook('onSend', async (_request, reply) => {
    const type = reply.getHeader('content-type')
    if (typeof type === 'string' && type.startsWith('application/json'))
      reply.header('content-type', MEDIA_TYPE)
  })
  server.setErrorHandler(async (error: unknown, request, reply) => {
    const fault = faultOf(error)
    if (fault.status >= 500) onFault(error, request.url)
    return reply.code(fault.status).send({ error_code: fault.errorCode, message: fault.message })
  })
  server.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send({ error_code: 404, message: 'HTTP 404 Not Found' }),
  )
  server.get('/', () => ({}))
  addSubjectRoutes(server, registry)
  addSchemaRoutes(server, registry)
  addCompatibilityRoutes(server, registry)
  return server
}

/** Fastify's own refusals (a body too large, no JSON) carry a status; anything else is the log's or ours. */
function faultOf(error: unknown): RegistryFault {
  if (error instanceof RegistryFault) return error
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  if (typeof status === 'number' && status < 500) {
    return new RegistryFault(status, error instanceof Error ? error.message : 'bad request')
  }
  return new RegistryFault(50001, 'The registry cannot read or write its log now; try again', {
    cause: error,
  })
}
