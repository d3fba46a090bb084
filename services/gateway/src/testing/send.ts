import { MAX_BODY_BYTES } from '@meterline/contract'
import type { FastifyInstance } from 'fastify'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach } from 'vitest'

export interface SentRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly payload?: Buffer | string
}

export interface SentAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, number | string | string[] | undefined>>
  readonly body: string
}

let overSockets = false
const listening = new Map<FastifyInstance, Promise<Agent>>()

/**
 * In this file's tests `send` goes over a socket, and so past the framework where the gateway does so (`http/direct`); otherwise it goes
 * into the framework itself. To be called once, before the tests are defined.
 */
export function sendOverSockets(): void {
  overSockets = true
  afterEach(async () => {
    for (const [server, agent] of listening) {
      ;(await agent).destroy()
      await server.close()
    }
    listening.clear()
  })
}

export async function send(server: FastifyInstance, of: SentRequest): Promise<SentAnswer> {
  // Whoever sends more than is taken may be cut off before the answer is read.
  if (!overSockets || (of.payload?.length ?? 0) > MAX_BODY_BYTES) return server.inject(of)
  let agent = listening.get(server)
  if (agent === undefined) listening.set(server, (agent = listen(server)))
  return sendOver(server, await agent, of)
}

async function listen(server: FastifyInstance): Promise<Agent> {
  await server.listen({ host: '127.0.0.1', port: 0 })
  return new Agent({ keepAlive: true })
}

async function sendOver(server: FastifyInstance, agent: Agent, of: SentRequest): Promise<SentAnswer> {
  const { port } = server.server.address() as AddressInfo
  const { method, url: path, headers, payload } = of
  const sent = request({ host: '127.0.0.1', port, method, path, headers: { ...headers }, agent })
  sent.end(payload)
  // Whatever breaks is seen by whoever waits for the answer.
  sent.on('error', () => undefined)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  const body = await text(answer)
  return {
    statusCode: answer.statusCode ?? 0,
    headers: answer.headers,
    body,
  }
}
