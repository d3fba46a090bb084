import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'

import type { Probe } from './probe.ts'

/** `/health/live`: the process answers. `/health/ready`: every probe is green (200) or the red ones are named (503). `/metrics`. */
export function addHealthRoutes(
  server: FastifyInstance,
  { probes, metrics }: { readonly probes: readonly Probe[]; readonly metrics: Registry },
): void {
  server.get('/health/live', () => ({ status: 'live' }))
  server.get('/health/ready', async (_request, reply) => {
    const checks = probes.map((probe) => ({ name: probe.name, ...probe.check() }))
    const ready = checks.every((check) => check.ok)
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', checks })
  })
  server.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  )
}
