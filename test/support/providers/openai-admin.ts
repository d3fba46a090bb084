import { LateValue, startStandIn } from './stand-in.ts'
import type { StandIn, StandInAnswer, StandInRequest } from './stand-in.ts'

export const OPENAI_ADMIN_KEY = 'sk-admin-stand-in'

interface RateLimit {
  readonly id: string
  readonly model: string
  readonly max_requests_per_1_minute: number
  readonly max_tokens_per_1_minute: number
}

export interface OpenAiStandIn extends StandIn {
  /** As they are in truth, whatever reads show. */
  readonly rateLimits: ReadonlyMap<string, LateValue<RateLimit>>
  readonly spendLimits: ReadonlyMap<string, number>
  /** Key id to the id of its service account, or `null` for a user's. */
  readonly keys: ReadonlyMap<string, string | null>
}

const PROJECT = 'proj_1'
const MAX_PAGE = 100

/** The administration API of OpenAI, as far as its specification describes what is used of it: one project, 150 rate limits. */
export async function startOpenAiStandIn(
  options: { readonly lagReads?: number } = {},
): Promise<OpenAiStandIn> {
  const { lagReads = 0 } = options
  const rateLimits = new Map(
    Array.from({ length: 150 }, (_, i) => {
      const model = i === 149 ? 'gpt-5' : `model-${i}`
      const limit = {
        id: `rl-${model}`,
        model,
        max_requests_per_1_minute: 500,
        max_tokens_per_1_minute: 200_000,
      }
      return [limit.id, new LateValue<RateLimit>(limit, lagReads)] as const
    }),
  )
  const spendLimits = new Map<string, number>()
  const keys = new Map<string, string | null>([
    ['key_user', null],
    ['key_service', 'sa_1'],
    ['key_service_too', 'sa_1'],
  ])

  const server = await startStandIn((request) => {
    if (request.headers.authorization !== `Bearer ${OPENAI_ADMIN_KEY}`) {
      return fault(401, 'Incorrect API key provided', 'invalid_api_key')
    }
    const [, area, ...rest] = request.path.split('/').map(decodeURIComponent)
    if (area !== 'organization') return unknown(request)
    if (rest[0] === 'spend_limit') return spendLimit(request, 'organization')
    if (rest[0] !== 'projects' || rest[1] !== PROJECT) return unknown(request)
    const [, , kind = '', id] = rest
    switch (kind) {
      case 'spend_limit':
        return spendLimit(request, PROJECT)
      case 'rate_limits':
        return id === undefined ? listLimits(request) : updateLimit(request, id)
      case 'api_keys':
        return oneKey(request, id ?? '')
      case 'service_accounts':
        return deleteAccount(request, id ?? '')
      default:
        return unknown(request)
    }
  })

  function listLimits({ query }: StandInRequest): StandInAnswer {
    const limit = Math.min(MAX_PAGE, Number(query.get('limit') ?? MAX_PAGE))
    const all = [...rateLimits.values()].map((value) => ({ object: 'project.rate_limit', ...value.read() }))
    const from = query.has('after') ? all.findIndex(({ id }) => id === query.get('after')) + 1 : 0
    const data = all.slice(from, from + limit)
    return {
      status: 200,
      body: {
        object: 'list',
        data,
        first_id: data[0]?.id ?? null,
        last_id: data.at(-1)?.id ?? null,
        has_more: from + limit < all.length,
      },
    }
  }

  function updateLimit({ method, body, path }: StandInRequest, id: string): StandInAnswer {
    const value = rateLimits.get(id)
    if (method !== 'POST' || value === undefined) return fault(404, `No rate limit at ${path}`, null)
    if (Object.values(body).some((each) => !Number.isInteger(each))) {
      return fault(400, 'Expected an integer', null)
    }
    value.write({ ...value.real, ...body })
    return { status: 200, body: { object: 'project.rate_limit', ...value.real } }
  }

  function spendLimit({ method, body }: StandInRequest, owner: string): StandInAnswer {
    const current = spendLimits.get(owner)
    if (method === 'POST') {
      const { threshold_amount: cents, currency, interval } = body
      if (typeof cents !== 'number' || cents < 1 || currency !== 'USD' || interval !== 'month') {
        return fault(400, 'Invalid spend limit', null)
      }
      spendLimits.set(owner, cents)
    } else if (method === 'DELETE') spendLimits.delete(owner)
    else if (current === undefined) return fault(404, 'No spend limit', null)
    const threshold_amount = spendLimits.get(owner) ?? null
    return {
      status: 200,
      body: {
        object: owner === 'organization' ? 'organization.spend_limit' : 'project.spend_limit',
        threshold_amount,
        currency: 'USD',
        interval: 'month',
        enforcement: { status: 'inactive' },
      },
    }
  }

  function oneKey({ method }: StandInRequest, id: string): StandInAnswer {
    const account = keys.get(id)
    if (account === undefined) return fault(404, `No such API key: ${id}`, null)
    if (method === 'GET') {
      const owner =
        account === null
          ? { type: 'user', user: { id: 'user_1' } }
          : { type: 'service_account', service_account: { id: account } }
      return { status: 200, body: { object: 'organization.project.api_key', id, owner } }
    }
    if (account !== null) return fault(400, 'API keys of service accounts cannot be deleted', null)
    keys.delete(id)
    return { status: 200, body: { object: 'organization.project.api_key.deleted', id, deleted: true } }
  }

  function deleteAccount({ method }: StandInRequest, id: string): StandInAnswer {
    const own = [...keys].filter(([, account]) => account === id)
    if (method !== 'DELETE' || own.length === 0) return fault(404, `No such service account: ${id}`, null)
    for (const [key] of own) keys.delete(key)
    return {
      status: 200,
      body: { object: 'organization.project.service_account.deleted', id, deleted: true },
    }
  }

  return { ...server, rateLimits, spendLimits, keys }
}

const unknown = ({ method, path }: StandInRequest): StandInAnswer =>
  fault(404, `Invalid URL (${method} ${path})`, null)

function fault(status: number, message: string, code: string | null): StandInAnswer {
  return { status, body: { error: { message, type: 'invalid_request_error', param: null, code } } }
}
