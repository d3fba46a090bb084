import { z } from 'zod'

import { ActionError } from '../action-error.ts'
import type { JsonApi } from '../json-api.ts'
import { segment } from '../params.ts'

const NOT_FOUND = 404
const PAGE = 100
/** Ten thousand rate limits or keys of one project. */
const MAX_PAGES = 100

export const RATE_LIMIT_FIELDS = [
  'max_requests_per_1_minute',
  'max_tokens_per_1_minute',
  'max_images_per_1_minute',
  'max_audio_megabytes_per_1_minute',
  'max_requests_per_1_day',
  'batch_1_day_max_input_tokens',
] as const

const rateLimit = z.looseObject({
  id: z.string(),
  model: z.string(),
  ...(Object.fromEntries(RATE_LIMIT_FIELDS.map((field) => [field, z.number().optional()])) as Record<
    (typeof RATE_LIMIT_FIELDS)[number],
    z.ZodOptional<z.ZodNumber>
  >),
})
const projectKey = z.looseObject({
  id: z.string(),
  owner: z.looseObject({
    type: z.enum(['user', 'service_account']),
    service_account: z.looseObject({ id: z.string() }).nullish(),
  }),
})
const spendLimit = z.looseObject({ threshold_amount: z.number().nullish() })

export type OpenAiRateLimit = z.output<typeof rateLimit>
export type OpenAiProjectKey = z.output<typeof projectKey>

/** The part of OpenAI's administration API that actions need. */
export interface OpenAiAdmin {
  /** By id or by model. Throws where there is none. */
  rateLimit(projectId: string, idOrModel: string): Promise<OpenAiRateLimit>
  setRateLimit(projectId: string, id: string, values: Readonly<Record<string, number>>): Promise<void>
  /** In cents a month, of a project or (`null`) the organization; `undefined` where there is none. */
  spendLimit(projectId: string | null): Promise<number | undefined>
  setSpendLimit(projectId: string | null, cents: number): Promise<void>
  removeSpendLimit(projectId: string | null): Promise<void>
  /** `undefined` when it is gone. */
  key(projectId: string, keyId: string): Promise<OpenAiProjectKey | undefined>
  /** A key of a user; one of a service account is refused with 400. Nothing happens where it is gone. */
  deleteKey(projectId: string, keyId: string): Promise<void>
  /** Ends the account and every key of it. */
  deleteServiceAccount(projectId: string, accountId: string): Promise<void>
}

export function createOpenAiAdmin(api: JsonApi): OpenAiAdmin {
  const project = (id: string): string => `/organization/projects/${segment(id)}`
  const limitOf = (id: string | null): string => `${id === null ? '/organization' : project(id)}/spend_limit`

  async function* pages<T>(path: string, item: z.ZodType<T>): AsyncGenerator<readonly T[]> {
    const list = z.looseObject({
      data: z.array(item),
      has_more: z.boolean(),
      last_id: z.string().nullish(),
    })
    let after = ''
    for (let i = 0; i < MAX_PAGES; i += 1) {
      const { body } = await api.call({ method: 'GET', path: `${path}?limit=${PAGE}${after}` })
      const { data, has_more, last_id } = list.parse(body)
      yield data
      if (!has_more || last_id == null) return
      after = `&after=${segment(last_id)}`
    }
  }

  return {
    async rateLimit(projectId, idOrModel) {
      for await (const limits of pages(`${project(projectId)}/rate_limits`, rateLimit)) {
        const found = limits.find(({ id, model }) => id === idOrModel || model === idOrModel)
        if (found !== undefined) return found
      }
      throw new ActionError(
        'no_such_rate_limit',
        `the project ${projectId} has no rate limit for ${idOrModel}`,
        {
          retryable: false,
        },
      )
    },
    async setRateLimit(projectId, id, values) {
      await api.call({
        method: 'POST',
        path: `${project(projectId)}/rate_limits/${segment(id)}`,
        body: values,
      })
    },
    async spendLimit(projectId) {
      const answer = await api.call({ method: 'GET', path: limitOf(projectId) }, [NOT_FOUND])
      if (answer.status === NOT_FOUND) return undefined
      return spendLimit.parse(answer.body).threshold_amount ?? undefined
    },
    async setSpendLimit(projectId, cents) {
      const body = { threshold_amount: cents, currency: 'USD', interval: 'month' }
      await api.call({ method: 'POST', path: limitOf(projectId), body })
    },
    async removeSpendLimit(projectId) {
      await api.call({ method: 'DELETE', path: limitOf(projectId) }, [NOT_FOUND])
    },
    async key(projectId, keyId) {
      const path = `${project(projectId)}/api_keys/${segment(keyId)}`
      const answer = await api.call({ method: 'GET', path }, [NOT_FOUND])
      return answer.status === NOT_FOUND ? undefined : projectKey.parse(answer.body)
    },
    async deleteKey(projectId, keyId) {
      const path = `${project(projectId)}/api_keys/${segment(keyId)}`
      await api.call({ method: 'DELETE', path }, [NOT_FOUND])
    },
    async deleteServiceAccount(projectId, accountId) {
      const path = `${project(projectId)}/service_accounts/${segment(accountId)}`
      await api.call({ method: 'DELETE', path }, [NOT_FOUND])
    },
  }
}
