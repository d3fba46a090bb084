import type { FastifyInstance } from 'fastify'

import { liveVersions } from '../catalogue/catalogue.ts'
import { schemaNotFound } from '../catalogue/faults.ts'
import { schemaWithId } from '../catalogue/find.ts'
import type { SchemaRegistry } from '../registry.ts'

export function addSchemaRoutes(server: FastifyInstance, { catalogue }: SchemaRegistry): void {
  server.get('/schemas/types', () => ['AVRO'])
  server.get<{ Params: { id: string } }>('/schemas/ids/:id', (request) => ({
    schema: schemaWithId(catalogue, idOf(request.params.id)),
  }))
  server.get<{ Params: { id: string } }>('/schemas/ids/:id/versions', (request) => {
    const id = idOf(request.params.id)
    schemaWithId(catalogue, id)
    return [...catalogue.subjects.keys()]
      .flatMap((subject) => liveVersions(catalogue, subject))
      .filter((version) => version.id === id)
      .map(({ subject, version }) => ({ subject, version }))
  })
}

function idOf(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw schemaNotFound()
  return Number(text)
}
