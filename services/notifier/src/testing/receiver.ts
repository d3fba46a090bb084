import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { generate } from 'selfsigned'

export interface ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly atMs: number
}

/** How a receiver answers one request. */
export type Behaviour =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body?: string
    }
  /** Takes the request and never says a word. */
  | { readonly kind: 'silent' }
  /** A byte of its headers every so often, without an end. */
  | { readonly kind: 'drip-headers' }
  /** Says 200, then a byte of its body every so often, without an end. */
  | { readonly kind: 'drip-body'; readonly status: number }
  /** A body without an end, as fast as it goes. */
  | { readonly kind: 'endless-body'; readonly status: number }
  /** Closes the connection in the middle of its headers. */
  | { readonly kind: 'broken-headers' }
  /** Promises a body and closes the connection in the middle of it. */
  | { readonly kind: 'broken-body'; readonly status: number }

export interface Receiver {
  readonly url: string
  readonly port: number
  readonly requests: readonly ReceivedRequest[]
  /** From now on it answers so. */
  behave(behaviour: Behaviour | ((request: ReceivedRequest) => Behaviour)): void
  close(): Promise<void>
}

export const OK: Behaviour = { kind: 'status', status: 200, body: 'ok' }
const DRIP_MS = 50

/** A real HTTP server on loopback that keeps what it gets, and answers as badly as it is told. */
export async function startReceiver(
  options: { readonly tls?: boolean; readonly port?: number } = {},
): Promise<Receiver> {
  const requests: ReceivedRequest[] = []
  let behaviour: Behaviour | ((request: ReceivedRequest) => Behaviour) = OK
  const timers = new Set<NodeJS.Timeout>()

  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const received = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      atMs: Date.now(),
    }
    requests.push(received)
    answer(typeof behaviour === 'function' ? behaviour(received) : behaviour, response, timers)
  }
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    listener(request, response).catch(() => response.destroy())
  }
  const server = options.tls === true ? createTlsServer(await untrusted(), handle) : createServer(handle)
  server.listen(options.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${options.tls === true ? 'https' : 'http'}://127.0.0.1:${port}/hook`,
    port,
    requests,
    behave: (next) => void (behaviour = next),
    async close() {
      for (const timer of timers) clearInterval(timer)
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function answer(behaviour: Behaviour, response: ServerResponse, timers: Set<NodeJS.Timeout>): void {
  const socket = response.socket
  const drip = (write: () => void): void => {
    const timer = setInterval(() => (socket?.destroyed === true ? clearInterval(timer) : write()), DRIP_MS)
    timers.add(timer)
  }
  switch (behaviour.kind) {
    case 'status':
      response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body ?? '')
      return
    case 'silent':
      return
    case 'drip-headers':
      socket?.write('HTTP/1.1 200 OK\r\nx-drip: ')
      drip(() => socket?.write('x'))
      return
    case 'drip-body':
      response.writeHead(behaviour.status)
      drip(() => response.write('x'))
      return
    case 'endless-body': {
      response.writeHead(behaviour.status)
      const block = Buffer.alloc(64 * 1024, 'x')
      const more = (): void => {
        while (!response.destroyed && response.write(block));
      }
      response.on('drain', more)
      more()
      return
    }
    case 'broken-headers':
      socket?.end('HTTP/1.1 200 OK\r\nconte')
      return
    case 'broken-body':
      response.writeHead(behaviour.status, { 'content-length': '1000' })
      response.write('half', () => socket?.destroy())
  }
}

/** A certificate that nobody has signed. */
async function untrusted(): Promise<{ key: string; cert: string }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }])
  return { key, cert }
}
