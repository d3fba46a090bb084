import { maySomewhere } from '@meterline/domain'
import type { Principal } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'

import { authenticate } from '../auth/authenticate.ts'
import type { Control } from '../control.ts'
import { parsed } from './parsed.ts'
import type { Access, Route } from './route.ts'

const NOBODY: Principal = { actor: 'nobody', userId: null, bindings: [] }

const pathParameters = z.record(z.string(), z.string())
const versionText = z.coerce.number().int().min(0)

/** Registers every route behind its access rule: who may not is told so before a byte of the body is read. */
export function addRoutes(server: FastifyInstance, control: Control, routes: readonly Route[]): void {
  const principals = new WeakMap<FastifyRequest, Principal>()
  for (const route of routes) {
    server.route({
      method: route.method,
      url: route.path,
      onRequest: async (request) => {
        principals.set(request, admitted(request, control, route.access))
      },
      handler: async (request, reply) => {
        const { body, expected } = takenApart(request)
        reply.code(route.status)
        return route.handle({
          control,
          request,
          reply,
          principal: principals.get(request) ?? NOBODY,
          params: pathParameters.parse(request.params ?? {}),
          body: route.body === undefined ? undefined : parsed(route.body, body ?? {}),
          query: route.query === undefined ? undefined : parsed(route.query, request.query ?? {}),
          expected,
        })
      },
    })
  }
}

function admitted(request: FastifyRequest, control: Control, access: Access): Principal {
  if (access === 'public') return NOBODY
  const { log, sessions, adminToken } = control
  const principal = authenticate(request, { view: log.view, sessions, adminToken, nowMs: control.nowMs() })
  if (access !== 'signed_in' && !maySomewhere(principal, access)) throw forbidden(access)
  return principal
}

export function forbidden(permission: string): ApiError {
  return new ApiError(
    403,
    'forbidden',
    `this takes the permission ${permission}, which you do not have here`,
    {
      hint: 'GET /v1/session shows your roles; an admin can give you another',
    },
  )
}

/** The body without `expected_version`, and what the entity's version has to be. */
function takenApart(request: FastifyRequest): { body: unknown; expected: number | 'none' | undefined } {
  const { body } = request
  const stated = versionStated(request.headers)
  if (typeof body !== 'object' || body === null || !('expected_version' in body))
    return { body, expected: stated }
  const { expected_version: version, ...rest } = body
  return {
    body: rest,
    expected:
      stated ??
      parsed(z.object({ expected_version: z.int().min(0) }), { expected_version: version }).expected_version,
  }
}

function versionStated(headers: FastifyRequest['headers']): number | 'none' | undefined {
  if (headers['if-none-match'] === '*') return 'none'
  const etag = headers['if-match']
  if (etag === undefined) return undefined
  const version = versionText.safeParse(/^"(\d+)"$/.exec(etag)?.[1]).data
  if (version === undefined) {
    throw new ApiError(400, 'invalid_field', 'If-Match is the version of the entity in quotes, such as "42"')
  }
  return version
}
