import { connect } from 'node:net'
import type { Socket } from 'node:net'

const READ_BYTES = 16 * 1024
const HEAD_END = Buffer.from('\r\n\r\n')

/** An answer, as it lies in the connection's own memory: to be read before the callback returns. */
export interface RawAnswer {
  readonly status: number
  readonly bytes: Buffer
  readonly bodyStart: number
  readonly bodyEnd: number
}

/** Told once for each request: its answer, or why there is none. */
export type OnAnswer = (answer: RawAnswer | undefined, error?: Error) => void

/**
 * One request at a time over one socket that is kept: the load shares the machine with what it measures, so it does as little as
 * can be done. Requests are bytes made before; of an answer only its status, its length and its end are read.
 */
export class RawConnection {
  readonly #socket: Socket
  #onAnswer: OnAnswer | undefined
  /** The answer so far, where it came in pieces. */
  #pieces: Buffer | undefined
  #failure: Error | undefined

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#socket = connect({
      host: hostname,
      port: Number(port),
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(READ_BYTES),
        callback: (count, buffer) => {
          this.#read(Buffer.from(buffer.buffer, buffer.byteOffset, count))
          return true
        },
      },
    })
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('the gateway closed the connection')))
  }

  get isFree(): boolean {
    return this.#onAnswer === undefined
  }

  /** The connection has to be free; the bytes are not changed before the answer. */
  send(request: Uint8Array, onAnswer: OnAnswer): void {
    this.#onAnswer = onAnswer
    if (this.#failure === undefined) this.#socket.write(request)
    else queueMicrotask(() => this.#settle(undefined, this.#failure))
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    const bytes = this.#pieces === undefined ? chunk : Buffer.concat([this.#pieces, chunk])
    const answer = answerIn(bytes)
    if (answer === undefined) {
      // The socket's memory is written again.
      this.#pieces = Buffer.from(bytes)
      return
    }
    this.#pieces = undefined
    this.#settle(answer)
  }

  #settle(answer: RawAnswer | undefined, error?: Error): void {
    const onAnswer = this.#onAnswer
    this.#onAnswer = undefined
    onAnswer?.(answer, error)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#settle(undefined, this.#failure)
  }
}

/** A whole answer with `Content-Length`; `undefined` while more of it is to come. */
export function answerIn(bytes: Buffer): RawAnswer | undefined {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd < 0) return undefined
  const head = bytes.toString('latin1', 0, headEnd)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer without a length: ${head}`)
  const bodyStart = headEnd + HEAD_END.length
  const bodyEnd = bodyStart + Number(length)
  if (bytes.length < bodyEnd) return undefined
  return { status: Number(head.slice(9, 12)), bytes, bodyStart, bodyEnd }
}

/** The bytes of a POST of JSON; `bodyStart` is where the body begins in them. */
export function rawPost(
  url: string,
  of: { readonly path: string; readonly secret: string; readonly body: Uint8Array },
): { readonly bytes: Buffer; readonly bodyStart: number } {
  const head = Buffer.from(
    [
      `POST ${of.path} HTTP/1.1`,
      `host: ${new URL(url).host}`,
      'content-type: application/json',
      `authorization: Bearer ${of.secret}`,
      `content-length: ${of.body.length}`,
      '',
      '',
    ].join('\r\n'),
    'latin1',
  )
  return { bytes: Buffer.concat([head, of.body]), bodyStart: head.length }
}
