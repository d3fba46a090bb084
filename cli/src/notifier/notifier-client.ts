import { z } from 'zod'

import { CliError } from '../cli-error.ts'
import { openConnection } from '../connection/connection.ts'

const DEFAULT_URL = 'http://127.0.0.1:4121'
/** Longer than a run of an action, or a test of a channel, may take. */
const TIMEOUT_MS = 30_000
const problem = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }),
})

export interface NotifierClient {
  /** The answer as JSON, in the shape that is asked for. Throws `CliError` with what the notifier says. */
  ask<T>(path: string, shape: z.ZodType<T>, body?: object): Promise<T>
}

/** The notifier of `NOTIFIER_URL`, else of the installation; as whoever `METERLINE_TOKEN` says, else with the admin token. */
export function openNotifier(flags: { readonly stateDir?: string }): NotifierClient {
  const connection = openConnection(flags)
  const url = process.env['NOTIFIER_URL'] ?? connection.credentials.notifier_url ?? DEFAULT_URL
  const token = process.env['METERLINE_TOKEN'] ?? connection.need('admin_token')
  return {
    async ask(path, shape, body) {
      const answer = await fetch(new URL(path, url), {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      }).catch((cause: unknown) => {
        throw new CliError(`the notifier at ${url} cannot be reached`, { cause })
      })
      const json: unknown = await answer.json().catch(() => undefined)
      if (answer.ok) return shape.parse(json)
      const said = problem.safeParse(json)
      const { message, hint } = said.data?.error ?? { message: `answered ${answer.status}` }
      throw new CliError(`${message}${hint === undefined ? '' : ` (${hint})`}`)
    },
  }
}
