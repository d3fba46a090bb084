import type { FastifyInstance } from 'fastify'

import { liveVersions } from '../catalogue/catalogue.ts'
import { deleteSubject, deleteVersion } from '../catalogue/delete-schemas.ts'
import { versionOf, versionsOf, versionWithSchema } from '../catalogue/find.ts'
import { identityOf, registerSchema } from '../catalogue/register-schema.ts'
import type { SchemaRegistry } from '../registry.ts'
import { schemaBody, subjectParams, versionParams } from './inputs.ts'

export function addSubjectRoutes(server: FastifyInstance, registry: SchemaRegistry): void {
  const { catalogue } = registry

  server.get('/subjects', () =>
    [...catalogue.subjects.keys()].filter((subject) => liveVersions(catalogue, subject).length > 0),
  )
  server.post('/subjects/:subject/versions', async (request) => {
    const { subject } = subjectParams(request)
    const { schema } = schemaBody(request)
    const { id } = await registry.change((state) => registerSchema(state, { subject, schema }))
    return { id }
  })
  server.post('/subjects/:subject', (request) => {
    const { schema } = schemaBody(request)
    identityOf(schema)
    return described(versionWithSchema(catalogue, subjectParams(request).subject, schema))
  })
  server.get('/subjects/:subject/versions', (request) =>
    versionsOf(catalogue, subjectParams(request).subject).map(({ version }) => version),
  )
  server.get('/subjects/:subject/versions/:version', (request) => {
    const { subject, version } = versionParams(request)
    return described(versionOf(catalogue, subject, version))
  })
  server.get('/subjects/:subject/versions/:version/schema', (request) => {
    const { subject, version } = versionParams(request)
    return JSON.parse(versionOf(catalogue, subject, version).schema) as unknown
  })
  server.delete<{ Querystring: { permanent?: string } }>('/subjects/:subject', async (request) => {
    const { subject } = subjectParams(request)
    const permanent = request.query.permanent === 'true'
    return [...(await registry.change((state) => deleteSubject(state, subject, permanent))).versions]
  })
  server.delete('/subjects/:subject/versions/:version', async (request) => {
    const { subject, version } = versionParams(request)
    return (await registry.change((state) => deleteVersion(state, subject, version))).versions[0]
  })
}

function described(found: {
  readonly subject: string
  readonly version: number
  readonly id: number
  readonly schema: string
}): object {
  const { subject, version, id, schema } = found
  return { subject, version, id, schema }
}
