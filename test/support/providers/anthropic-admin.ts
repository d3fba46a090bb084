import { LateValue, startStandIn } from './stand-in.ts'
import type { StandIn, StandInAnswer } from './stand-in.ts'

export const ANTHROPIC_ADMIN_KEY = 'sk-ant-admin01-stand-in'

export interface AnthropicStandIn extends StandIn {
  /** Key id to its status, as it is in truth and as reads show it. */
  readonly statuses: ReadonlyMap<string, LateValue<string>>
}

const STATUSES = new Set(['active', 'inactive', 'archived'])
const WORKSPACES = ['wrkspc_1', 'wrkspc_2']

/** The API-key part of Anthropic's administration API: twelve keys in two workspaces, one of them inactive. */
export async function startAnthropicStandIn(
  options: { readonly lagReads?: number; readonly maxPage?: number } = {},
): Promise<AnthropicStandIn> {
  const { lagReads = 0, maxPage = 100 } = options
  const statuses = new Map<string, LateValue<string>>(
    Array.from({ length: 12 }, (_, i) => {
      const value = new LateValue(i === 4 ? 'inactive' : 'active', lagReads)
      return [`apikey_${String(i).padStart(2, '0')}`, value] as const
    }),
  )
  const workspaceOf = (id: string): string => WORKSPACES[Number(id.slice(-2)) % WORKSPACES.length] ?? ''
  const shown = (id: string, status: string): object => ({
    id,
    type: 'api_key',
    name: id,
    status,
    workspace_id: workspaceOf(id),
  })

  const server = await startStandIn(({ method, path, query, headers, body }) => {
    if (headers['x-api-key'] !== ANTHROPIC_ADMIN_KEY) return fault(401, 'authentication_error')
    if (headers['anthropic-version'] === undefined) return fault(400, 'invalid_request_error')
    const [, version, area, kind, id] = path.split('/').map(decodeURIComponent)
    if (version !== 'v1' || area !== 'organizations' || kind !== 'api_keys')
      return fault(404, 'not_found_error')
    if (id === undefined) return listed(query)
    const value = statuses.get(id)
    if (value === undefined) return fault(404, 'not_found_error')
    if (method === 'POST') {
      if (typeof body['status'] !== 'string' || !STATUSES.has(body['status'])) {
        return fault(400, 'invalid_request_error')
      }
      value.write(body['status'])
      return { status: 200, body: shown(id, value.real) }
    }
    return { status: 200, body: shown(id, value.read()) }
  })

  function listed(query: URLSearchParams): StandInAnswer {
    const found = [...statuses]
      .map(([id, value]) => ({ id, status: value.read() }))
      .filter(({ status }) => query.get('status') === null || status === query.get('status'))
      .filter(({ id }) => query.get('workspace_id') === null || workspaceOf(id) === query.get('workspace_id'))
    const after = query.get('after_id')
    const from = after === null ? 0 : found.findIndex(({ id }) => id === after) + 1
    const limit = Math.min(maxPage, Number(query.get('limit') ?? 20))
    const page = found.slice(from, from + limit)
    return {
      status: 200,
      body: {
        data: page.map(({ id, status }) => shown(id, status)),
        has_more: from + limit < found.length,
        first_id: page[0]?.id ?? null,
        last_id: page.at(-1)?.id ?? null,
      },
    }
  }

  return { ...server, statuses }
}

function fault(status: number, type: string): StandInAnswer {
  return { status, body: { type: 'error', error: { type, message: type.replaceAll('_', ' ') } } }
}
