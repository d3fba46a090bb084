import { addErrorHandlers, ApiError, methodsOf } from '@meterline/http'
import { addHealthRoutes } from '@meterline/runtime'
import type { Probe, Registry } from '@meterline/runtime'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'

import { ActionError } from '../actions/action-error.ts'
import { actionRoutes } from './action-routes.ts'
import type { ActionsApi } from './action-routes.ts'
import { deliveryRoutes } from './delivery-routes.ts'
import type { NotifierApi } from './delivery-routes.ts'
import { openApiDocument } from './openapi.ts'
import { addRoutes } from './route.ts'

const MAX_BODY_BYTES = 64 * 1024
const REQUEST_TIMEOUT_MS = 10_000

export function createServer(
  api: NotifierApi,
  options: {
    /** `undefined` where no control service is known: then there are no actions. */
    readonly actions: ActionsApi | undefined
    readonly probes: readonly Probe[]
    readonly metrics: Registry
    readonly onDefect: (error: unknown) => void
  },
): FastifyInstance {
  const { actions } = options
  const routes = [...deliveryRoutes(api), ...(actions === undefined ? [] : actionRoutes(actions))]
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
  })
  addErrorHandlers(server, {
    knownError: (error) =>
      error instanceof ActionError
        ? new ApiError(503, error.code, error.message, { cause: error })
        : undefined,
    allowedMethods: methodsOf(routes),
    maxBodyBytes: MAX_BODY_BYTES,
    onDefect: options.onDefect,
  })
  addHealthRoutes(server, options)
  addRoutes(server, routes)
  const document = openApiDocument(routes)
  server.get('/openapi.json', () => document)
  return server
}
