import type { FastifyInstance } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { apiErrorOf, errorHeaders } from '../error-answers.ts'
import type { DirectAnswer, DirectRoute } from './direct-route.ts'
import { JSON_TYPE } from './direct-route.ts'
import { isUsualRequest } from './is-usual-request.ts'
import { readBody } from './read-body.ts'

/**
 * Puts the routes that are asked thousands of times a second before the framework, on the same server: the same parser, time limits and
 * connections. Everything that is not as usual, and everything once the server is closing, goes on to the framework (decision 0057).
 */
export function serveDirectly(
  server: FastifyInstance,
  routes: readonly DirectRoute[],
  onDefect: (error: unknown) => void,
): void {
  const byPath = new Map(routes.map((route) => [route.path, route]))
  let isClosing = false
  server.addHook('preClose', (done) => {
    isClosing = true
    done()
  })

  function opened(
    request: IncomingMessage,
    response: ServerResponse,
  ): ReturnType<DirectRoute['open']> | undefined {
    if (isClosing || request.method !== 'POST') return undefined
    const route = byPath.get(request.url ?? '')
    if (route === undefined || !isUsualRequest(request, route.maxBodyBytes)) return undefined
    try {
      return route.open(request, response)
    } catch {
      // Thrown again by the framework's own hook, and answered there.
      return undefined
    }
  }

  server.server.removeAllListeners('request')
  server.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const answer = opened(request, response)
    if (answer === undefined) {
      server.routing(request, response)
      return
    }
    readBody(request, (body) => {
      Promise.try(answer, body).then(
        (given) => write(response, given),
        (error: unknown) => write(response, errorAnswer(error, onDefect)),
      )
    })
  })
}

function write(response: ServerResponse, { status, body, headers }: DirectAnswer): void {
  const lines = ['content-type', JSON_TYPE, 'content-length', String(Buffer.byteLength(body))]
  for (const name in headers) lines.push(name, headers[name] ?? '')
  response.writeHead(status, lines)
  response.end(body)
}

function errorAnswer(error: unknown, onDefect: (error: unknown) => void): DirectAnswer {
  const answer = apiErrorOf(error, onDefect)
  return { status: answer.status, body: JSON.stringify(answer.body()), headers: errorHeaders(answer) }
}
