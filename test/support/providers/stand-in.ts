import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StandInRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: Readonly<Record<string, unknown>>
}

export interface StandInAnswer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface StandIn {
  readonly url: string
  /** What was asked for, refused or not: `POST /organization/…`. */
  readonly calls: readonly string[]
  /** The next requests are answered so, whatever they ask for; they have no effect. */
  failNext(...answers: readonly StandInAnswer[]): void
  close(): Promise<void>
}

/** An HTTP server on loopback that answers as a provider's documentation says. */
export async function startStandIn(answer: (request: StandInRequest) => StandInAnswer): Promise<StandIn> {
  const calls: string[] = []
  const failures: StandInAnswer[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://stand-in')
      const method = request.method ?? ''
      calls.push(`${method} ${url.pathname}`)
      const bytes = Buffer.concat(chunks)
      const isEmptyJson =
        bytes.length === 0 && request.headers['content-type'] !== undefined && method !== 'GET'
      const { status, body, headers } =
        failures.shift() ??
        (isEmptyJson
          ? EMPTY_JSON
          : answer({
              method,
              path: url.pathname,
              query: url.searchParams,
              headers: request.headers,
              body: bodyOf(bytes),
            }))
      response.writeHead(status, { 'content-type': 'application/json', ...headers })
      response.end(JSON.stringify(body))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    failNext: (...answers) => void failures.push(...answers),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** What announces JSON and has none is refused, by our own services too. */
const EMPTY_JSON: StandInAnswer = { status: 400, body: { error: { message: 'the body is empty' } } }

function bodyOf(bytes: Buffer): Record<string, unknown> {
  return bytes.length === 0 ? {} : (JSON.parse(bytes.toString('utf8')) as Record<string, unknown>)
}

/**
 * A value whose reads show a change only after so many of them: neither provider says how soon a read shows what was written.
 */
export class LateValue<T> {
  #shown: T
  #real: T
  #readsToGo = 0
  readonly #lagReads: number

  constructor(value: T, lagReads: number) {
    this.#shown = value
    this.#real = value
    this.#lagReads = lagReads
  }

  read(): T {
    if (this.#readsToGo > 0) this.#readsToGo -= 1
    else this.#shown = this.#real
    return this.#shown
  }

  /** What it is in truth. */
  get real(): T {
    return this.#real
  }

  write(value: T): void {
    this.#real = value
    this.#readsToGo = this.#lagReads
  }
}
