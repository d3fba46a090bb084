import { z } from 'zod'

import { CliError } from '../cli-error.ts'
import type { Connection } from '../connection/connection.ts'

const TIMEOUT_MS = 60_000

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** The control service as the command line speaks to it. */
export interface ControlClient {
  /** The JSON of the answer. Throws `CliError` with the service's own words. */
  call(method: Method, path: string, body?: unknown): Promise<unknown>
  /** The answer as it is, for YAML. */
  text(path: string): Promise<string>
}

const refusal = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    field: z.string().optional(),
    hint: z.string().optional(),
  }),
})

/** With METERLINE_TOKEN, else the admin token of the installation. */
export function controlClient(connection: Connection): ControlClient {
  const token = process.env['METERLINE_TOKEN'] ?? connection.need('admin_token')
  return createControlClient(connection.need('control_url'), token)
}

export function createControlClient(url: string, token: string): ControlClient {
  async function send(method: Method, path: string, body?: unknown): Promise<Response> {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (response.ok) return response
    const text = await response.text()
    throw new CliError(refusalText(text) ?? `${method} ${path} was answered with ${response.status}: ${text}`)
  }
  return {
    call: async (method, path, body) => (await send(method, path, body)).json(),
    text: async (path) => (await send('GET', path)).text(),
  }
}

function refusalText(body: string): string | undefined {
  try {
    const { error } = refusal.parse(JSON.parse(body))
    const { field, message, hint } = error
    const what = field === undefined || message.includes(`${field}: `) ? message : `${field}: ${message}`
    return hint === undefined ? what : `${what}; ${hint}`
  } catch {
    return undefined
  }
}
