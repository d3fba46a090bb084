import { PROBE_MODEL, PROVIDER } from '../../bench/stack/organization.ts'
import { ask } from './ask.ts'
import type { Use, Used } from './everyday-use.ts'

export const CAPPED_SCOPE = 'team:labs'
const KEY = 'key_labs_prod'
const TTL_SECONDS = 30

/** Asks before a call, ten times a second. Of three reservations one is settled by its usage, one is released, one is left to expire. */
export function createAuthorizationUse({ stack, gateway }: Used): Use {
  const token = stack.secretOf(KEY)
  return {
    everyMs: 100,
    async turn(number) {
      const request_id = `everyday_${number}`
      const { decision, reservation } = await ask<{
        readonly decision: string
        readonly reservation?: { readonly id: string }
      }>(`${gateway.url}/v1/authorizations`, 200, {
        method: 'POST',
        token,
        body: { request_id, model: PROBE_MODEL, credits: 1, ttl_seconds: TTL_SECONDS },
      })
      if (reservation === undefined) return [decision]
      if (number % 3 === 0) return [decision, 'left to expire']
      if (number % 3 === 1) {
        const id = encodeURIComponent(reservation.id)
        await ask(`${gateway.url}/v1/authorizations/${request_id}?reservation=${id}`, 200, {
          method: 'DELETE',
          token,
        })
        return [decision, 'released']
      }
      await ask(`${gateway.url}/v1/events`, 202, {
        method: 'POST',
        token,
        body: {
          request_id,
          timestamp: Date.now(),
          provider: PROVIDER,
          model_name: PROBE_MODEL,
          operation_type: 'completion',
          units: { tokens_output: 100 },
        },
      })
      return [decision, 'settled']
    },
  }
}
