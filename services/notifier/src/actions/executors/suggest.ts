import { suggestionText } from '@meterline/domain'

import { ActionError } from '../action-error.ts'
import type { ActionExecutor } from '../executor.ts'
import type { Suggestions } from '../suggestions.ts'

const MAX_SHOWN = 5

/** Says which smaller model would have cost how much less. It changes nothing, so a dry run is the same. */
export function suggestExecutor(suggestions: Suggestions): ActionExecutor {
  const text = async (scope: Parameters<Suggestions>[0]): Promise<string> => {
    const found = await suggestions(scope)
    if (found === undefined) {
      throw new ActionError('no_usage_figures', 'suggestions need CLICKHOUSE_URL', { retryable: false })
    }
    const lines = found.slice(0, MAX_SHOWN).map(suggestionText)
    return lines.length === 0
      ? 'no smaller model would have cost less in the last seven days'
      : lines.join('\n')
  }
  return {
    prepare: async ({ run }) => ({ plan: await text(run.scope), undo: null }),
    perform: async ({ run }) => ({ result: await text(run.scope) }),
    undo: async () => 'a suggestion changes nothing',
  }
}
