import { mayHaveLabels } from '@meterline/domain'
import type { FastifyInstance } from 'fastify'

import { authenticate } from '../auth/authenticate.ts'
import type { Gateway } from '../gateway.ts'

/** Tells a first user what their key is, and what every event of it will carry. */
export function addWhoami(server: FastifyInstance, gateway: Gateway): void {
  server.get('/v1/whoami', (request) => {
    const nowMs = gateway.nowMs()
    const caller = authenticate(request.headers.authorization, { ...gateway, nowMs })
    if (caller.kind === 'admin') return { kind: 'admin', may_send_for_others: true }
    const { key } = caller
    const labels = gateway.keyLabels(key)
    return {
      kind: 'api_key',
      api_key_id: key.id,
      team: labels?.['team'] ?? null,
      labels: labels ?? {},
      labels_from: key.labels_from,
      may_send_for_others: key.may_send_for_others,
      expires_at: key.expires_at_ms === undefined ? null : new Date(key.expires_at_ms).toISOString(),
      // A key that lacks a required label, or has one that no policy allows, cannot send yet.
      complete: labels !== undefined && mayHaveLabels(gateway.view, labels),
    }
  })
}
