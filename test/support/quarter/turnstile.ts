import { eventually } from '../meterline.ts'

interface AuthorizationAnswer {
  readonly decision: 'allow' | 'throttle' | 'deny'
  readonly code?: string
  readonly limit: { readonly id: string } | null
  readonly reservation: { readonly unverified: readonly string[] } | null
}

interface Verdict {
  readonly requestId: string
  /** `allow`, or the code and the limit of a refusal: `hard_cap by workspace-user-month`. */
  readonly word: string
}

/** The gateway's `POST /v1/authorizations`, asked until it knows: `throttle`, or an allowance that nobody could verify, is no answer. */
export class Turnstile {
  readonly #url: string
  readonly #secretOf: (keyId: string) => string
  #asked = 0

  constructor(url: string, secretOf: (keyId: string) => string) {
    this.#url = url
    this.#secretOf = secretOf
  }

  /** Asks again until it says so: a change at control takes its moment to get here. Nothing is reserved after. */
  async becomes(word: string, keyId: string, credits: number, user?: string): Promise<void> {
    const wish = { credits, ...(user === undefined ? {} : { user_id: user }) }
    await eventually(
      async () => {
        const verdict = await this.#verdict(keyId, wish)
        if (verdict.word === 'allow') await this.#fetch(keyId, 'DELETE', `/${verdict.requestId}`)
        return verdict.word
      },
      (said) => said === word,
    )
  }

  /** Asks until it is allowed. Answers the request, for which the credits are reserved. */
  async pass(keyId: string, credits: number): Promise<string> {
    const { requestId } = await eventually(
      () => this.#verdict(keyId, { credits }),
      ({ word }) => word === 'allow',
    )
    return requestId
  }

  async #verdict(keyId: string, wish: object): Promise<Verdict> {
    const { requestId, answer } = await eventually(
      () => this.#askOnce(keyId, wish),
      ({ answer: { decision, reservation } }) =>
        decision === 'deny' || (decision === 'allow' && reservation?.unverified.length === 0),
    )
    const word = answer.decision === 'allow' ? 'allow' : `${answer.code} by ${answer.limit?.id}`
    return { requestId, word }
  }

  async #askOnce(keyId: string, wish: object): Promise<{ requestId: string; answer: AuthorizationAnswer }> {
    this.#asked += 1
    const requestId = `asked-${this.#asked}`
    const body = { request_id: requestId, provider: 'acme-ai', model: 'exact', ...wish }
    return { requestId, answer: (await this.#fetch(keyId, 'POST', '', body)) as AuthorizationAnswer }
  }

  async #fetch(keyId: string, method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}/v1/authorizations${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#secretOf(keyId)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer: unknown = await response.json()
    if (!response.ok)
      throw new Error(`${method} was answered with ${response.status}: ${JSON.stringify(answer)}`)
    return answer
  }
}
