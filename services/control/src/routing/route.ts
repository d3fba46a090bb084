import type { Permission, Principal } from '@meterline/domain'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'

import type { Control } from '../control.ts'

/**
 * Who may call a route at all. `permission`: whoever holds it over anything; to what exactly, the handler says (`may`,
 * `maySee`, `mayChange`). `signed_in`: anybody known, about themselves. `public`: anybody.
 */
export type Access = Permission | 'signed_in' | 'public'

export interface Call<B, Q> {
  readonly control: Control
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  /** Nobody on public routes. */
  readonly principal: Principal
  /** Parts of the path, such as `id`. */
  readonly params: Readonly<Record<string, string>>
  readonly body: B
  readonly query: Q
  /** Version that the entity must still have, from `If-Match` or `expected_version`. */
  readonly expected: number | 'none' | undefined
}

/** One address of the API: who may call it, what it takes, what it does. Its row in the OpenAPI document comes from here. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/v1/keys/:id/rotate` */
  readonly path: string
  readonly access: Access
  readonly summary: string
  readonly body: z.ZodType | undefined
  /** What the document shows for the body, where the handler parses more strictly than `body`. */
  readonly documentedBody: z.ZodType | undefined
  readonly query: z.ZodType | undefined
  readonly status: number
  readonly answerType: 'json' | 'yaml'
  readonly handle: (call: Call<unknown, unknown>) => unknown
}

interface RouteDefinition<B extends z.ZodType, Q extends z.ZodType> {
  readonly method: Route['method']
  readonly path: string
  readonly access: Access
  readonly summary: string
  readonly body?: B
  readonly documentedBody?: z.ZodType
  readonly query?: Q
  readonly status?: number
  readonly answerType?: Route['answerType']
  readonly handle: (call: Call<z.output<B>, z.output<Q>>) => unknown
}

/** A route whose handler gets body and query as their schemas make them. */
export function route<B extends z.ZodType = z.ZodUndefined, Q extends z.ZodType = z.ZodUndefined>(
  definition: RouteDefinition<B, Q>,
): Route {
  const { method, path, access, summary, status = 200, answerType = 'json' } = definition
  return {
    method,
    path,
    access,
    summary,
    body: definition.body,
    documentedBody: definition.documentedBody ?? definition.body,
    query: definition.query,
    status,
    answerType,
    // `add-routes.ts` parses both with the schemas above before it calls.
    handle: definition.handle as Route['handle'],
  }
}
