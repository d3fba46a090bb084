import { signedHeaders } from '../../channels/standard-webhooks.ts'
import type { JsonApi } from '../json-api.ts'
import type { TicketTracker } from './tracker.ts'

/** Tickets as signed webhooks: `webhook-id` is the run's id, by which the receiver knows one that it has already. */
export function webhookTracker(
  api: JsonApi,
  options: { readonly secret: string; readonly nowMs: () => number },
): TicketTracker {
  const post = async (type: string, id: string, data: object): Promise<void> => {
    const attemptAtMs = options.nowMs()
    const content = { type, timestamp: new Date(attemptAtMs).toISOString(), data }
    const headers = signedHeaders({ id, attemptAtMs, body: JSON.stringify(content) }, options.secret)
    await api.call({ method: 'POST', path: '', body: content, headers })
  }
  return {
    name: 'a webhook',
    find: async () => undefined,
    async open({ runId, title, body, label }) {
      await post('meterline.ticket.opened', runId, { id: runId, title, body, label })
      return runId
    },
    async withdraw({ ticket, runId }) {
      await post('meterline.ticket.withdrawn', `${runId}-undo`, { id: ticket })
      return `the ticket ${ticket} is said to be withdrawn`
    },
  }
}
