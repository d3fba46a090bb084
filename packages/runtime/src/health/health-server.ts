import fastify from 'fastify'
import type { Registry } from 'prom-client'

import { addHealthRoutes } from './health-routes.ts'
import type { Probe } from './probe.ts'

export interface HealthServer {
  readonly port: number
  close(): Promise<void>
}

/** The HTTP side of a service that has no other: health and metrics only. */
export async function startHealthServer(options: {
  readonly host: string
  readonly port: number
  readonly probes: readonly Probe[]
  readonly metrics: Registry
  /** What else can be asked for, by path: answered as JSON, or with 503 and the reason where it cannot be had now. */
  readonly reports?: Readonly<Record<string, () => Promise<unknown>>>
}): Promise<HealthServer> {
  const server = fastify({ forceCloseConnections: true })
  addHealthRoutes(server, options)
  for (const [path, report] of Object.entries(options.reports ?? {})) {
    server.get(path, async (_request, reply) => {
      try {
        return await report()
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        return reply.code(503).send({ error: { code: 'unavailable', message } })
      }
    })
  }
  await server.listen({ host: options.host, port: options.port })
  const address = server.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  return { port, close: () => server.close() }
}
