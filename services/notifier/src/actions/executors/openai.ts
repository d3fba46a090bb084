import type { ActionParams } from '@meterline/domain'

import type { ActionExecutor } from '../executor.ts'
import { numberParam, textParam } from '../params.ts'
import { eventuallySeen, seenText } from '../providers/eventually-seen.ts'
import type { OpenAiAdmin } from '../providers/openai-admin.ts'
import { RATE_LIMIT_FIELDS } from '../providers/openai-admin.ts'

export interface ProviderTiming {
  readonly pauseMs: number
  readonly signal: AbortSignal
}

/** Throttles a model of a project. Params: `project_id`, `model`, and any of the limits by their name. */
export function openAiRateLimitExecutor(admin: OpenAiAdmin, timing: ProviderTiming): ActionExecutor {
  const write = async (projectId: string, id: string, values: Record<string, number>): Promise<boolean> => {
    await admin.setRateLimit(projectId, id, values)
    return eventuallySeen(async () => {
      const current = await admin.rateLimit(projectId, id)
      return Object.entries(values).every(([field, value]) => current[field] === value)
    }, timing)
  }
  return {
    async prepare({ run: { params } }) {
      const projectId = textParam(params, 'project_id')
      const wanted = limitsIn(params)
      const current = await admin.rateLimit(projectId, textParam(params, 'model'))
      const before = Object.fromEntries(
        Object.keys(wanted).flatMap((field) => {
          const value = current[field]
          return typeof value === 'number' ? [[field, value] as const] : []
        }),
      )
      return {
        plan: `sets ${listed(wanted)} for ${current.model} in ${projectId}; now ${listed(before)}`,
        undo: { project_id: projectId, rate_limit_id: current.id, ...before },
      }
    },
    async perform({ run: { params } }) {
      const projectId = textParam(params, 'project_id')
      const wanted = limitsIn(params)
      const { id } = await admin.rateLimit(projectId, textParam(params, 'model'))
      return { result: `${listed(wanted)} for ${id}${seenText(await write(projectId, id, wanted))}` }
    },
    async undo({ undo }) {
      const before = limitsIn(undo)
      const id = textParam(undo, 'rate_limit_id')
      return `${listed(before)} for ${id}${seenText(await write(textParam(undo, 'project_id'), id, before))}`
    },
  }
}

/** A hard limit on a project's or (without `project_id`) the organization's spend in a month. Params: `threshold_cents`. */
export function openAiSpendLimitExecutor(admin: OpenAiAdmin): ActionExecutor {
  const projectOf = ({ project_id: id }: ActionParams): string | null => (typeof id === 'string' ? id : null)
  return {
    async prepare({ run: { params } }) {
      const before = await admin.spendLimit(projectOf(params))
      const project = params['project_id']
      return {
        plan: `limits the month to ${numberParam(params, 'threshold_cents')} cents; now ${before ?? 'no limit'}`,
        undo: {
          ...(project === undefined ? {} : { project_id: project }),
          ...(before === undefined ? { had_none: true } : { threshold_cents: before }),
        },
      }
    },
    async perform({ run: { params } }) {
      const cents = numberParam(params, 'threshold_cents')
      await admin.setSpendLimit(projectOf(params), cents)
      return { result: `the month is limited to ${cents} cents` }
    },
    async undo({ undo }) {
      if (undo['had_none'] === true) {
        await admin.removeSpendLimit(projectOf(undo))
        return 'the spend limit is removed'
      }
      const cents = numberParam(undo, 'threshold_cents')
      await admin.setSpendLimit(projectOf(undo), cents)
      return `the month is limited to ${cents} cents again`
    },
  }
}

/** Ends a key of a project, with its account where it belongs to a service account. Params: `project_id`, `key_id`. For ever. */
export function openAiKeyExecutor(admin: OpenAiAdmin, timing: ProviderTiming): ActionExecutor {
  return {
    async prepare({ run: { params } }) {
      const keyId = textParam(params, 'key_id')
      const key = await admin.key(textParam(params, 'project_id'), keyId)
      const account = key?.owner.service_account?.id
      if (key === undefined) return { plan: `leaves ${keyId} as it is: gone`, undo: null }
      if (account === undefined) return { plan: `deletes the key ${keyId} for ever`, undo: null }
      return { plan: `deletes the service account ${account} and every key of it, for ever`, undo: null }
    },
    async perform({ run: { params } }) {
      const [projectId, keyId] = [textParam(params, 'project_id'), textParam(params, 'key_id')]
      const key = await admin.key(projectId, keyId)
      // Gone: an earlier attempt did it, or somebody else.
      if (key === undefined) return { result: `the key ${keyId} is gone` }
      const account = key.owner.service_account?.id
      if (account === undefined) await admin.deleteKey(projectId, keyId)
      else await admin.deleteServiceAccount(projectId, account)
      const isSeen = await eventuallySeen(
        async () => (await admin.key(projectId, keyId)) === undefined,
        timing,
      )
      const what = account === undefined ? `the key ${keyId}` : `the service account ${account} with its keys`
      return { result: `${what} is deleted${seenText(isSeen)}` }
    },
    undo: async () => 'what OpenAI has deleted cannot be brought back: make another key',
  }
}

function limitsIn(params: ActionParams): Record<string, number> {
  return Object.fromEntries(
    RATE_LIMIT_FIELDS.flatMap((field) => {
      const value = params[field]
      return typeof value === 'number' ? [[field, value] as const] : []
    }),
  )
}

const listed = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values)
    .map(([field, value]) => `${field} ${value}`)
    .join(', ') || 'no limit'
