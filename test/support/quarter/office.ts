import { microOf } from '@meterline/contract'

const PASSWORD = 'a-password-for-the-test'

interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface LedgerItem {
  readonly id: string
  readonly kind: string
  readonly at: string
  readonly period: string
  readonly postings: readonly { readonly account: string; readonly amount_credits: number }[]
  readonly links: Readonly<Record<string, string>>
}

export interface IncidentItem {
  readonly id: string
  readonly allocation: string
  readonly period: string
  readonly state: string
  readonly request: string | null
  readonly timeline: readonly { readonly by: string }[]
}

interface BalanceAnswer {
  readonly period: string
  readonly limit_credits: number
  readonly spent_credits: number
  readonly hard_cap_reached: boolean
}

/** The control service as people come to it: over HTTP, each with a session of their own. */
export class Office {
  readonly #url: string
  readonly #adminToken: string

  constructor(url: string, adminToken: string) {
    this.#url = url
    this.#adminToken = adminToken
  }

  /** As the admin token. @throws Error when it is refused. */
  async admin<T>(method: string, path: string, body?: unknown): Promise<T> {
    return done(await this.#call(this.#adminToken, method, path, body), `${method} ${path}`) as T
  }

  async hire(person: string, role: { readonly role: string; readonly scope: string }): Promise<void> {
    const user = { name: person, email: `${person}@example.com`, roles: [role] }
    await this.admin('PUT', `/v1/users/${person}`, user)
    await this.admin('POST', `/v1/users/${person}/password`, { password: PASSWORD })
  }

  /** @throws Error when it is refused. */
  async post(person: string, path: string, body: unknown): Promise<void> {
    done(await this.#call(await this.#session(person), 'POST', path, body), `${person}: POST ${path}`)
  }

  /** The status and the code of a refusal. @throws Error when it is not refused. */
  async refusal(person: string, path: string, body: unknown): Promise<string> {
    const { status, body: answer } = await this.#call(await this.#session(person), 'POST', path, body)
    if (status < 400) throw new Error(`${person}: POST ${path} was not refused`)
    return `${status} ${(answer as { readonly error: { readonly code: string } }).error.code}`
  }

  /** `undefined`: the month has not begun for it. */
  async period(
    allocation: string,
    month: string,
  ): Promise<{ readonly limitMicro: number; readonly version: number } | undefined> {
    const path = `/v1/allocation-periods/${allocation}:${month}`
    const { status, body } = await this.#call(this.#adminToken, 'GET', path)
    if (status === 404) return undefined
    const { data, version } = done({ status, body }, path) as Item<{ limit_credits: number }>
    return { limitMicro: microOf(data.limit_credits), version }
  }

  async balance(allocation: string) {
    const answer = await this.admin<BalanceAnswer>('GET', `/v1/allocations/${allocation}/balance`)
    return {
      month: answer.period,
      limitMicro: microOf(answer.limit_credits),
      spentMicro: microOf(answer.spent_credits),
      isCapReached: answer.hard_cap_reached,
    }
  }

  async stateOfRequest(id: string): Promise<string> {
    return (await this.admin<Item<{ state: string }>>('GET', `/v1/requests/${id}`)).data.state
  }

  /** All of the ledger, in the order of time. */
  async ledger(): Promise<LedgerItem[]> {
    return (await this.#list<LedgerItem>('/v1/ledger?limit=100')).toSorted((a, b) => (a.at < b.at ? -1 : 1))
  }

  /** Those of a month, in the order in which they were opened. */
  async incidents(month: string): Promise<IncidentItem[]> {
    const all = await this.#list<IncidentItem & { timeline: readonly { at: string }[] }>('/v1/incidents')
    const opened = ({ timeline }: (typeof all)[number]): string => timeline[0]?.at ?? ''
    return all
      .filter(({ period }) => period === month)
      .toSorted((a, b) =>
        opened(a) === opened(b) ? (a.allocation < b.allocation ? -1 : 1) : opened(a) < opened(b) ? -1 : 1,
      )
  }

  async #list<T>(path: string): Promise<T[]> {
    const items: T[] = []
    for (let next: string | undefined = path; next !== undefined;) {
      const page: { readonly items: readonly Item<T>[]; readonly next?: string } = await this.admin(
        'GET',
        next,
      )
      items.push(...page.items.map(({ data }) => data))
      next = page.next
    }
    return items
  }

  /** Anew each time: no session lasts from one month to the next. */
  async #session(person: string): Promise<string> {
    const signIn = await this.#call('', 'POST', '/v1/session', { user: person, password: PASSWORD })
    const { token } = done(signIn, `${person} signs in`) as { token: string }
    return token
  }

  async #call(token: string, method: string, path: string, body?: unknown): Promise<Answer> {
    const isFile = typeof body === 'string'
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': isFile ? 'application/yaml' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isFile ? body : JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }
}

interface Item<T> {
  /** The offset in control.log of its last change. */
  readonly version: number
  readonly data: T
}

/** What was answered. @throws Error when it was refused. */
function done({ status, body }: Answer, what: string): unknown {
  if (status >= 400) throw new Error(`${what} was answered with ${status}: ${JSON.stringify(body)}`)
  return body
}
