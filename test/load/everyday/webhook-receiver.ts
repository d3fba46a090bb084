import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** Takes every webhook, and remembers of which scopes a hard cap has been told. */
export interface WebhookReceiver {
  readonly url: string
  firedOf(scope: string): boolean
  close(): Promise<void>
}

interface ToldAlert {
  readonly scope: string
  readonly severity: string
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const fired = new Set<string>()
  const server = createServer((request, response) => {
    json(request).then(
      (body) => {
        const { scope, severity } = body as ToldAlert
        if (request.headers['meterline-occasion'] === 'fired' && severity === 'hard_cap') fired.add(scope)
        response.writeHead(204).end()
      },
      () => response.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`,
    firedOf: (scope) => fired.has(scope),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
