import { z } from 'zod'

import type { JsonApi } from '../json-api.ts'
import { segment } from '../params.ts'

export type AnthropicKeyStatus = 'active' | 'inactive' | 'archived'

const apiKey = z.looseObject({
  id: z.string(),
  status: z.string(),
  workspace_id: z.string().nullish(),
})
const list = z.looseObject({
  data: z.array(apiKey),
  has_more: z.boolean(),
  last_id: z.string().nullish(),
})
const PAGE = 100
const MAX_PAGES = 100

export type AnthropicKey = z.output<typeof apiKey>

/** The part of Anthropic's administration API that actions need. Keys are never deleted, so all of it can be undone. */
export interface AnthropicAdmin {
  key(id: string): Promise<AnthropicKey>
  activeKeysOf(workspaceId: string): Promise<readonly AnthropicKey[]>
  setStatus(id: string, status: AnthropicKeyStatus): Promise<void>
}

export function createAnthropicAdmin(api: JsonApi): AnthropicAdmin {
  const keys = '/v1/organizations/api_keys'
  return {
    async key(id) {
      return apiKey.parse((await api.call({ method: 'GET', path: `${keys}/${segment(id)}` })).body)
    },
    async activeKeysOf(workspaceId) {
      const found: AnthropicKey[] = []
      let after = ''
      for (let i = 0; i < MAX_PAGES; i += 1) {
        const path = `${keys}?limit=${PAGE}&status=active&workspace_id=${segment(workspaceId)}${after}`
        const { data, has_more, last_id } = list.parse((await api.call({ method: 'GET', path })).body)
        found.push(...data)
        if (!has_more || last_id == null) break
        after = `&after_id=${segment(last_id)}`
      }
      return found
    },
    async setStatus(id, status) {
      await api.call({ method: 'POST', path: `${keys}/${segment(id)}`, body: { status } })
    },
  }
}
