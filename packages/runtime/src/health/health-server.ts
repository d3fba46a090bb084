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
}): Promise<HealthServer> {
  const server = fastify({ forceCloseConnections: true })
  addHealthRoutes(server, options)
  await server.listen({ host: options.host, port: options.port })
  const address = server.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : options.port
  return { port, close: () => server.close() }
}
