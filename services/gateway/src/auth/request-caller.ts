import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify'

import type { Gateway } from '../gateway.ts'
import { authenticate } from './authenticate.ts'
import type { Caller } from './caller.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Known by the header alone, before a byte of the body is read. */
    caller: Caller | undefined
  }
}

export function addCallerToRequests(server: FastifyInstance): void {
  server.decorateRequest('caller', undefined)
}

/** Finds out who calls, then does what else has to be done before the body is read; either may throw. */
export function whenCallerIsKnown(
  gateway: Gateway,
  then?: (
    request: FastifyRequest,
    reply: FastifyReply,
    of: { readonly caller: Caller; readonly nowMs: number },
  ) => void,
): onRequestHookHandler {
  const { view, adminToken } = gateway
  // With a callback and not a promise: thousands of them a second.
  return (request, reply, done) => {
    try {
      const nowMs = gateway.nowMs()
      const caller = authenticate(request.headers.authorization, { view, adminToken, nowMs })
      request.caller = caller
      then?.(request, reply, { caller, nowMs })
    } catch (error) {
      done(error as Error)
      return
    }
    done()
  }
}

export function callerOf({ caller }: FastifyRequest): Caller {
  if (caller === undefined) throw new Error('a request reached its handler without a caller')
  return caller
}
