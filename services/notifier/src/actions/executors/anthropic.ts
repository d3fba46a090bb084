import type { ActionParams } from '@meterline/domain'

import { ActionError } from '../action-error.ts'
import type { ActionExecutor } from '../executor.ts'
import { textParam } from '../params.ts'
import type { AnthropicAdmin, AnthropicKeyStatus } from '../providers/anthropic-admin.ts'
import { eventuallySeen, seenText } from '../providers/eventually-seen.ts'
import type { ProviderTiming } from './openai.ts'

/** Deactivates one key (`key_id`) or every active key of a workspace (`workspace_id`). */
export function anthropicKeyExecutor(admin: AnthropicAdmin, timing: ProviderTiming): ActionExecutor {
  const setAll = async (ids: readonly string[], status: AnthropicKeyStatus): Promise<string> => {
    let isSeen = true
    for (const id of ids) {
      // Read before write: who has the status already is left alone.
      if ((await admin.key(id)).status === status) continue
      await admin.setStatus(id, status)
      isSeen &&= await eventuallySeen(async () => (await admin.key(id)).status === status, timing)
    }
    return `${ids.length === 0 ? 'no key' : ids.join(', ')} ${status}${seenText(isSeen)}`
  }
  return {
    async prepare({ run: { params } }) {
      const ids = await activeKeys(admin, params)
      return {
        plan: ids.length === 0 ? 'finds no active key' : `deactivates ${ids.join(', ')}`,
        undo: ids.length === 0 ? null : { key_ids: ids.join(',') },
      }
    },
    // Of a workspace those that were active when it began: a key made since then is not known to the undo.
    perform: async ({ run }) => ({ result: await setAll(idsIn(run.undo ?? {}), 'inactive') }),
    undo: async ({ undo }) => setAll(idsIn(undo), 'active'),
  }
}

/** Their ids stand in the undo, whose length is bounded. */
const MAX_KEYS = 50

async function activeKeys(admin: AnthropicAdmin, params: ActionParams): Promise<string[]> {
  if (params['workspace_id'] !== undefined) {
    const ids = (await admin.activeKeysOf(textParam(params, 'workspace_id'))).map(({ id }) => id)
    if (ids.length <= MAX_KEYS) return ids
    const message = `the workspace has ${ids.length} active keys; one run stops ${MAX_KEYS} at most`
    throw new ActionError('too_many_keys', message, { retryable: false })
  }
  const key = await admin.key(textParam(params, 'key_id'))
  return key.status === 'active' ? [key.id] : []
}

function idsIn({ key_ids: ids }: ActionParams): string[] {
  return typeof ids === 'string' && ids !== '' ? ids.split(',') : []
}
