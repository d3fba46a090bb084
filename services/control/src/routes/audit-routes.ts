import { CONTROL_ENTITY_KINDS, mayEverywhere, maySee } from '@meterline/domain'
import type { ControlEntities, ControlEntityKind, OrganizationView, Principal } from '@meterline/domain'
import { z } from 'zod'

import { readAudit } from '../clickhouse/read-audit.ts'
import { forbidden } from '../routing/add-routes.ts'
import { momentMs } from '../routing/fields.ts'
import type { Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'

const DEFAULT_PAGE = 100
const MAX_PAGE = 1_000
/** More than this many in one's part, and a kind or an id has to be named. */
const MAX_SCOPED_ENTITIES = 5_000

const filters = z.strictObject({
  kind: z.enum(CONTROL_ENTITY_KINDS as [ControlEntityKind, ...ControlEntityKind[]]).optional(),
  id: z.string().max(256).optional(),
  actor: z.string().max(256).optional(),
  type: z.enum(['put', 'removed']).optional(),
  command_id: z.string().max(256).optional(),
  from: momentMs.optional(),
  to: momentMs.optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  /** The `offset` of the last row of the page before: rows come newest first. */
  before: z.coerce.number().int().min(0).optional(),
})

/** Who changed what and when, from ClickHouse. Over a part of the organization: what that part has now. */
export const auditRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/audit',
    access: 'audit.read',
    summary: 'Changes, newest first, by entity, actor and time',
    query: filters,
    handle: async ({ control, principal, query }) => {
      const { view } = control.log
      const isWhole = mayEverywhere(view, principal, 'audit.read')
      const within = isWhole ? undefined : visibleNames(view, principal, query)
      if (within !== undefined && within.length > MAX_SCOPED_ENTITIES) {
        throw forbidden('audit.read over the whole organization, or name a kind and an id')
      }
      const rows = await readAudit(control.clickhouse, query, within)
      const last = rows.at(-1)
      const hasMore = last !== undefined && rows.length === query.limit
      return { items: rows, ...(hasMore ? { next_before: last.offset } : {}) }
    },
  }),
]

function visibleNames(
  view: OrganizationView,
  principal: Principal,
  { kind, id }: Pick<z.output<typeof filters>, 'kind' | 'id'>,
): readonly string[] {
  return CONTROL_ENTITY_KINDS.filter((known) => kind === undefined || known === kind).flatMap((known) => {
    const entities: ReadonlyMap<string, ControlEntities[ControlEntityKind]> = view.entities[known]
    return [...entities]
      .filter(
        ([name, entity]) =>
          (id === undefined || name === id) && maySee(view, principal, { kind: known, entity }),
      )
      .map(([name]) => `${known}:${name}`)
  })
}
