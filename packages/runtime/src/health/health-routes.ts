import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'

import type { Probe } from './probe.ts'

/** `/health/live`: the process answers. `/health/ready`: every probe is green (200; `degraded` where one has a caveat) or the red ones are named (503). `/metrics`. */
export function addHealthRoutes(
  server: FastifyInstance,
  { probes, metrics }: { readonly probes: readonly Probe[]; readonly metrics: Registry },
): void {
  server.get('/health/live', () => ({ status: 'live' }))
  server.get('/health/ready', async (_request, reply) => {
    const results = probes.map((probe) => ({ name: probe.name, result: probe.check() }))
    const ready = results.every(({ result }) => result.ok)
    const isDegraded = results.some(({ result }) => result.ok && result.isDegraded === true)
    const status = ready ? (isDegraded ? 'degraded' : 'ready') : 'not ready'
    const checks = results.map(({ name, result: { ok, detail } }) => ({ name, ok, detail }))
    return reply.code(ready ? 200 : 503).send({ status, checks })
  })
  server.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  )
}
