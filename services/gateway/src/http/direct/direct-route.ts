import type { IncomingMessage, ServerResponse } from 'node:http'

/** An answer before it is written. */
export interface DirectAnswer {
  readonly status: number
  /** JSON. */
  readonly body: string
  /** Beyond type and length. */
  readonly headers: Readonly<Record<string, string>>
}

/** A route that is answered past the framework, where a request is as usual: `POST`, JSON of a stated length, no encoding. */
export interface DirectRoute {
  readonly path: string
  readonly maxBodyBytes: number
  /**
   * Looks at everything that is decided before the body is read, and says how the body is answered. What it throws is not answered
   * here: the framework comes to the same, and has the words for it. It may be called for a request that then is not answered here.
   *
   * The body's memory is written again as soon as the promise is there: what is kept of it is a copy.
   */
  open(request: IncomingMessage, response: ServerResponse): (body: Buffer) => Promise<DirectAnswer>
}

export const JSON_TYPE = 'application/json; charset=utf-8'
