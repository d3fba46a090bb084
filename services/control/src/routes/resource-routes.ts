import { mintSecret } from '@meterline/contract'
import type { Resource } from '@meterline/contract'
import { KIND_ACCESS, maySee, unknownModels } from '@meterline/domain'
import type { ControlEntities, ControlEntityKind } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import { z } from 'zod'

import { assertVersion } from '../command/expected-version.ts'
import { perform } from '../command/perform.ts'
import { parsed } from '../routing/parsed.ts'
import type { Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'
import { decidePut, decideRemoval } from './decide-put.ts'
import { entityAnswer, notFound } from './entity-answer.ts'
import { warningAnswer } from './warning-answer.ts'

const DEFAULT_PAGE = 100
const MAX_PAGE = 1_000

const page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  /** The last id of the page before. */
  after: z.string().optional(),
})

/** The id may be left out: it stands in the path. */
const anyFields = z.looseObject({})

/** List, read, put and remove: the same four addresses for every kind. */
export function resourceRoutes(resource: Resource): readonly Route[] {
  const { kind, path } = resource
  const { read, write } = KIND_ACCESS[kind]
  const name = kind.replaceAll('_', ' ')
  const reading = [
    route({
      method: 'GET',
      path: `/v1/${path}`,
      access: read,
      summary: `List every ${name} that you may see, by id`,
      query: page,
      handle: ({ control, principal, query }) => {
        const { view } = control.log
        const entities: ReadonlyMap<string, ControlEntities[ControlEntityKind]> = view.entities[kind]
        const ids = [...entities]
          .filter(
            ([id, entity]) =>
              (query.after === undefined || id > query.after) && maySee(view, principal, { kind, entity }),
          )
          .map(([id]) => id)
          .sort()
        const shown = ids.slice(0, query.limit)
        const next =
          ids.length > shown.length
            ? { next: `/v1/${path}?limit=${query.limit}&after=${encodeURIComponent(shown.at(-1) ?? '')}` }
            : {}
        return { items: shown.map((id) => entityAnswer(control, resource, id)), ...next }
      },
    }),
    route({
      method: 'GET',
      path: `/v1/${path}/:id`,
      access: read,
      summary: `Read one ${name}, with its version`,
      handle: ({ control, principal, params: { id = '' }, reply }) => {
        const entity: ControlEntities[ControlEntityKind] | undefined = control.log.view.entities[kind].get(id)
        // What somebody may not see is not there for them.
        if (entity === undefined || !maySee(control.log.view, principal, { kind, entity }))
          throw notFound(kind, id)
        const answer = entityAnswer(control, resource, id)
        reply.header('etag', `"${String(answer['version'])}"`)
        return answer
      },
    }),
  ]
  if (!resource.isWritable) return reading
  return [
    ...reading,
    route({
      method: 'PUT',
      path: `/v1/${path}/:id`,
      access: write,
      summary: `Put a ${name}: a new one, or in place of the one that is there`,
      body: anyFields,
      documentedBody: resource.entry,
      handle: async (call) => {
        const { control, params, principal, expected } = call
        const { id = '' } = params
        const entry = parsed(resource.entry, { id, ...call.body })
        if (entry['id'] !== id)
          throw new ApiError(400, 'invalid_field', 'the id is that of the path', { field: 'id' })
        const { secret, proof } = mintSecret()
        let isNew = false
        const { changes } = await perform(call, (view, head) => {
          assertVersion(control.log.versions, { kind, id }, expected)
          isNew = !view.entities[kind].has(id)
          return decidePut(view, { resource, id, entry, principal, proof }, head)
        })
        const answer = entityAnswer(control, resource, id)
        const warnings = unknownModels(control.log.view, { [kind]: [id] }).map(warningAnswer)
        if (warnings.length > 0) answer['warnings'] = warnings
        call.reply.header('etag', `"${String(answer['version'])}"`)
        const hasSecret = (kind === 'api_key' || kind === 'service_token') && isNew && changes.length > 0
        return hasSecret ? { ...answer, secret } : answer
      },
    }),
    route({
      method: 'DELETE',
      path: `/v1/${path}/:id`,
      access: write,
      summary: `Remove a ${name}`,
      handle: async (call) => {
        const { control, params, principal, expected } = call
        const { id = '' } = params
        await perform(call, (view) => {
          assertVersion(control.log.versions, { kind, id }, expected)
          return decideRemoval(view, { kind, id, principal })
        })
        return { kind, id, removed: true }
      },
    }),
  ]
}
