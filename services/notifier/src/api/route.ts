import type { Permission } from '@meterline/domain'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'

/** One address of the API. Its row in the OpenAPI document comes from here. */
export interface Route {
  readonly method: 'GET' | 'POST'
  /** `/v1/deliveries/:id` */
  readonly path: string
  /** What it takes, over the whole organization or over what it is about; the handler holds it against who asks. */
  readonly permission: Permission
  readonly summary: string
  readonly query?: z.ZodType
  readonly body?: z.ZodType
  readonly status?: number
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>
}

export function addRoutes(server: FastifyInstance, routes: readonly Route[]): void {
  for (const { method, path: url, status = 200, handle } of routes) {
    server.route({ method, url, handler: (request, reply) => handle(request, reply.code(status)) })
  }
}
