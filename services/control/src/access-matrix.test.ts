import { RESOURCES, resourceNamed } from '@meterline/contract'
import { ROLES } from '@meterline/domain'
import type { ScopeId } from '@meterline/domain'
import { describe, expect, test } from 'vitest'

import { ALL_ROUTES } from './routes/all-routes.ts'
import type { Route } from './routing/route.ts'
import { memoryControl } from './testing/memory-control.ts'
import type { MemoryControl } from './testing/memory-control.ts'

const BOUND = ['org:org-1', 'team:auth', 'billing_group:sup'] as const satisfies readonly ScopeId[]
const CALLERS = ['nobody', 'user', ...ROLES] as const
type Caller = (typeof CALLERS)[number]

/** What the route does to something of the team `auth`; ids that are not there where nothing of that kind is. */
const IDS: Readonly<Record<string, string>> = {
  keys: 'k-auth',
  allocations: 'al-auth',
  limits: 'l-auth',
  teams: 'auth',
  projects: 'auth-app',
  departments: 'checkout',
  'billing-groups': 'pay',
  organizations: 'org-1',
  users: 'lea',
}

interface World {
  readonly memory: MemoryControl
  readonly records: number
  readonly caller: Caller
}

function worldFor(caller: Caller, scope: ScopeId): World {
  const memory = memoryControl()
  const bindings = caller === 'nobody' || caller === 'user' ? [] : [{ role: caller, scope }]
  const data = { id: 'who', name: 'Who', email: 'who@example.com', status: 'active', bindings } as const
  const apart = { password_hash: null, oidc_subject: null, sessions_valid_from_ms: 0 }
  memory.log.write([{ kind: 'user', id: 'who', type: 'put', data: { ...data, ...apart } }])
  return { memory, records: memory.log.records.length, caller }
}

async function isLetIn(route: Route, { memory, caller }: World): Promise<boolean> {
  const [, , collection = ''] = route.path.split('/')
  const id = route.path.includes(':id') ? IDS[collection] : undefined
  const kind = resourceNamed(collection)?.kind
  const resource = kind === undefined ? undefined : RESOURCES[kind]
  const entity = kind === undefined || id === undefined ? undefined : memory.log.view.entities[kind].get(id)
  const response = await memory.server.inject({
    method: route.method,
    url: route.path.replace(':id', id ?? 'unknown'),
    headers: caller === 'nobody' ? {} : { authorization: `Bearer ${memory.session('who')}` },
    // The entity as it is: whoever may not change it may not even say so.
    ...(route.method === 'PUT' && resource !== undefined && entity !== undefined
      ? { payload: resource.toEntry(entity as never) }
      : {}),
  })
  // What somebody may not see is not there for them.
  const refusals = id === undefined ? [401, 403] : [401, 403, 404]
  return !refusals.includes(response.statusCode)
}

/** Who gets past the door of each route: bound to the organization, and where it differs, to a team and to another part. */
async function matrix(): Promise<string> {
  const columns = new Map<Route, string[]>(ALL_ROUTES.map((route) => [route, []]))
  for (const scope of BOUND) {
    const letIn = new Map<Route, Caller[]>(ALL_ROUTES.map((route) => [route, []]))
    for (const caller of CALLERS) {
      let world = worldFor(caller, scope)
      for (const route of ALL_ROUTES) {
        if (await isLetIn(route, world)) letIn.get(route)?.push(caller)
        // What the route did must not bear on the next one.
        if (world.memory.log.records.length > world.records) world = worldFor(caller, scope)
      }
    }
    for (const [route, callers] of letIn) columns.get(route)?.push(columnOf(callers))
  }
  return ALL_ROUTES.map((route) => lineOf(route, columns.get(route) ?? [])).join('')
}

function columnOf(callers: readonly Caller[]): string {
  if (callers.length === CALLERS.length) return 'anybody'
  return callers.length === CALLERS.length - 1 ? 'signed in' : callers.join(' ') || '-'
}

function lineOf({ method, path, access }: Route, [whole = '', ...parts]: readonly string[]): string {
  const differing = parts.map((part, index) =>
    part === whole ? '' : ` | ${BOUND[index + 1] ?? ''}: ${part}`,
  )
  return `${method.padEnd(6)} ${path}  [${access}]  ${whole}${differing.join('')}\n`
}

describe('every route × every role', () => {
  test('stands in the reviewed matrix', async () => {
    await expect(await matrix()).toMatchFileSnapshot('access-matrix.txt')
  }, 120_000)

  test('the server has no address that is not in the table', () => {
    const { server } = memoryControl()
    const known = new Set(ALL_ROUTES.map(({ path }) => path))
    const addresses = server
      .printRoutes({ commonPrefix: false })
      .split('\n')
      .flatMap((line) => /(\/\S*) \(/.exec(line)?.[1] ?? [])
    for (const route of ALL_ROUTES) {
      expect(server.hasRoute({ method: route.method, url: route.path })).toBe(true)
    }
    const PUBLIC = ['/health/live', '/health/ready', '/metrics', '/openapi.json']
    expect(addresses.filter((path) => path.startsWith('/v1') && !known.has(path))).toEqual([])
    expect(addresses.length).toBeGreaterThan(PUBLIC.length)
  })
})
