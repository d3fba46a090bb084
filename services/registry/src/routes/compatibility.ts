import { COMPATIBILITY_LEVELS } from '@meterline/contract'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

import { GLOBAL, levelOf } from '../catalogue/catalogue.ts'
import { invalidLevel, RegistryFault } from '../catalogue/faults.ts'
import { versionOf, versionsOf } from '../catalogue/find.ts'
import { problemsWith } from '../catalogue/register-schema.ts'
import type { SchemaRegistry } from '../registry.ts'
import { schemaBody, subjectParams, versionParams } from './inputs.ts'

const levelBody = z.object({ compatibility: z.enum(COMPATIBILITY_LEVELS) })

interface Verbose {
  readonly Querystring: { readonly verbose?: string }
}

export function addCompatibilityRoutes(server: FastifyInstance, registry: SchemaRegistry): void {
  const { catalogue } = registry

  server.post<Verbose>('/compatibility/subjects/:subject/versions/:version', (request) => {
    const { subject, version } = versionParams(request)
    const earlier = [versionOf(catalogue, subject, version)]
    const problems = problemsWith(catalogue, { subject, ...schemaBody(request) }, earlier)
    return verdict(problems, request.query.verbose)
  })
  server.post<Verbose>('/compatibility/subjects/:subject/versions', (request) => {
    const { subject } = subjectParams(request)
    const earlier = versionsOf(catalogue, subject)
    const problems = problemsWith(catalogue, { subject, ...schemaBody(request) }, earlier)
    return verdict(problems, request.query.verbose)
  })

  server.get('/config', () => ({ compatibilityLevel: levelOf(catalogue, GLOBAL) }))
  server.get<{ Querystring: { defaultToGlobal?: string } }>('/config/:subject', (request) => {
    const { subject } = subjectParams(request)
    const own = catalogue.levels.get(subject)
    if (own === undefined && request.query.defaultToGlobal !== 'true') {
      throw new RegistryFault(
        40408,
        `Subject '${subject}' does not have subject-level compatibility configured`,
      )
    }
    return { compatibilityLevel: own ?? levelOf(catalogue, subject) }
  })
  server.put('/config', (request) => setLevel(registry, GLOBAL, request.body))
  server.put('/config/:subject', (request) =>
    setLevel(registry, subjectParams(request).subject, request.body),
  )
  server.delete('/config/:subject', async (request) => {
    const { subject } = subjectParams(request)
    const before = levelOf(catalogue, subject)
    await registry.change(() => ({ records: [{ kind: 'compatibility', subject, level: null }] }))
    return { compatibilityLevel: before }
  })
}

async function setLevel(registry: SchemaRegistry, subject: string, body: unknown): Promise<object> {
  const parsed = levelBody.safeParse(body)
  if (!parsed.success) throw invalidLevel((body as { compatibility?: unknown } | null)?.compatibility)
  const level = parsed.data.compatibility
  await registry.change(() => ({ records: [{ kind: 'compatibility', subject, level }] }))
  return { compatibility: level }
}

function verdict(problems: readonly string[], verbose: string | undefined): object {
  const is_compatible = problems.length === 0
  return verbose === 'true' ? { is_compatible, messages: problems } : { is_compatible }
}
