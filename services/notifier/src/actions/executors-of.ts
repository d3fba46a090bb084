import type { ActionRun } from '@meterline/domain'

import { ActionError } from './action-error.ts'
import type { ExecutorParts } from './executor-parts.ts'
import type { ActionExecutor } from './executor.ts'
import { anthropicKeyExecutor } from './executors/anthropic.ts'
import { gatewayExecutor } from './executors/gateway.ts'
import { disableKeyExecutor, rotateKeyExecutor } from './executors/keys.ts'
import { openAiKeyExecutor, openAiRateLimitExecutor, openAiSpendLimitExecutor } from './executors/openai.ts'
import { suggestExecutor } from './executors/suggest.ts'
import { ticketExecutor } from './executors/ticket.ts'
import { createJsonApi } from './json-api.ts'
import { createAnthropicAdmin } from './providers/anthropic-admin.ts'
import { createOpenAiAdmin } from './providers/openai-admin.ts'
import { suggestionsFrom } from './suggestions.ts'
import { openTracker } from './trackers/open-tracker.ts'

/** Who carries a run out. Throws `ActionError` where nobody is set up for it. */
export function executorOf({ type, target }: ActionRun, parts: ExecutorParts): ActionExecutor {
  const { control, settings, signal } = parts
  const timing = { pauseMs: settings.lookPauseMs, signal }
  switch (type) {
    case 'rate_limit':
    case 'block':
      return gatewayExecutor(control)
    case 'disable_key':
      return disableKeyExecutor(control)
    case 'rotate_key':
      return rotateKeyExecutor(control)
    case 'suggest_model':
      return suggestExecutor(suggestionsFrom(parts.clickhouse, parts))
    case 'ticket':
      return ticketExecutor(openTracker(parts), suggestionsFrom(parts.clickhouse, parts), timing)
    case 'provider_disable_key':
      return target === 'anthropic'
        ? anthropicKeyExecutor(anthropic(parts), timing)
        : openAiKeyExecutor(openAi(parts), timing)
    case 'provider_rate_limit':
      return openAiRateLimitExecutor(openAi(onlyOpenAi(target, parts)), timing)
    case 'provider_spend_limit':
      return openAiSpendLimitExecutor(openAi(onlyOpenAi(target, parts)))
  }
}

function openAi(parts: ExecutorParts) {
  const { adminKey, baseUrl } = parts.settings.openAi
  const headers = { authorization: `Bearer ${needed(adminKey, 'OPENAI_ADMIN_KEY')}` }
  return createOpenAiAdmin(createJsonApi({ ...parts, name: 'openai', baseUrl, headers }))
}

function anthropic(parts: ExecutorParts) {
  const { adminKey, baseUrl } = parts.settings.anthropic
  const headers = {
    'x-api-key': needed(adminKey, 'ANTHROPIC_ADMIN_KEY'),
    'anthropic-version': '2023-06-01',
  }
  return createAnthropicAdmin(createJsonApi({ ...parts, name: 'anthropic', baseUrl, headers }))
}

function onlyOpenAi(target: ActionRun['target'], parts: ExecutorParts): ExecutorParts {
  if (target === 'openai') return parts
  throw new ActionError('not_supported', `${target} has no such limit in its administration API`, {
    retryable: false,
  })
}

function needed(value: string | undefined, variable: string): string {
  if (value !== undefined) return value
  throw new ActionError('not_configured', `${variable} is not set`, { retryable: false })
}
