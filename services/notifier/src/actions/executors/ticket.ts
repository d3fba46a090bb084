import { ticketText } from '@meterline/domain'

import type { ActionCall, ActionExecutor } from '../executor.ts'
import { textParam } from '../params.ts'
import { eventuallySeen } from '../providers/eventually-seen.ts'
import type { Suggestions } from '../suggestions.ts'
import type { TicketTracker } from '../trackers/tracker.ts'
import type { ProviderTiming } from './openai.ts'

/** Opens a ticket that says what happened and what would cost less. Undone, it is closed or withdrawn. */
export function ticketExecutor(
  tracker: TicketTracker,
  suggestions: Suggestions,
  timing: ProviderTiming,
): ActionExecutor {
  const textOf = async ({ run, alert }: ActionCall) =>
    ticketText(run, alert, (await suggestions(alert?.scope ?? run.scope)) ?? [])
  return {
    async prepare(call) {
      const { title } = await textOf(call)
      return { plan: `opens a ticket in ${tracker.name}: ${title}`, undo: null }
    },
    async perform(call) {
      const text = await textOf(call)
      const ticket =
        (await madeBefore(call, text.label)) ?? (await tracker.open({ ...text, runId: call.run.id }))
      return { result: `ticket ${ticket} in ${tracker.name}`, undo: { ticket } }
    },
    async undo({ run, undo }) {
      return tracker.withdraw({ ticket: textParam(undo, 'ticket'), runId: run.id })
    },
  }

  /** Trackers know no idempotency key: the label says whether there is one. After a crash their search may lag behind. */
  async function madeBefore({ isAgain }: ActionCall, label: string): Promise<string | undefined> {
    let found = await tracker.find(label)
    if (found !== undefined || !isAgain) return found
    await eventuallySeen(async () => {
      found = await tracker.find(label)
      return found !== undefined
    }, timing)
    return found
  }
}
