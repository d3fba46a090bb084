import { may } from '@meterline/domain'
import type { AlertMark } from '@meterline/domain'
import { ApiError } from '@meterline/http'
import { z } from 'zod'

import { readAlerts } from '../clickhouse/read-alerts.ts'
import type { AlertRow } from '../clickhouse/read-alerts.ts'
import { perform } from '../command/perform.ts'
import type { Control } from '../control.ts'
import type { Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'

const DEFAULT_PAGE = 100
const MAX_PAGE = 1_000
const MAX_NOTE_CHARACTERS = 2_000

const filters = z.strictObject({
  state: z.string().max(64).optional(),
  severity: z.string().max(64).optional(),
  scope: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
})
const note = z.strictObject({ note: z.string().max(MAX_NOTE_CHARACTERS).default('') })

/** Alerts, and what people say of them. That one fires or is over, burn says. */
export const alertRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/alerts',
    access: 'alerts.read',
    summary: 'Alerts that you may see, newest first, with what was said of them',
    query: filters,
    handle: async ({ control, principal, query }) => {
      const { view } = control.log
      const rows = await readAlerts(control.clickhouse, query)
      const seen = rows.filter(({ scope }) => may(view, principal, { permission: 'alerts.read', scope }))
      return { items: seen.map((row) => alertAnswer(control, row)) }
    },
  }),
  markRoute('acknowledge', 'acknowledged', 'Take an alert on: it does not escalate'),
  markRoute('resolve', 'resolved', 'Say that an alert is dealt with'),
]

function markRoute(verb: string, state: AlertMark['state'], summary: string): Route {
  return route({
    method: 'POST',
    path: `/v1/alerts/:id/${verb}`,
    access: 'alerts.mark',
    summary,
    body: note,
    handle: async (call) => {
      const { control, params, principal, body } = call
      const { id = '' } = params
      const [alert] = await readAlerts(control.clickhouse, { id, limit: 1 })
      const isTheirs =
        alert !== undefined &&
        may(control.log.view, principal, { permission: 'alerts.mark', scope: alert.scope })
      if (!isTheirs) throw new ApiError(404, 'not_found', `there is no alert "${id}"`)
      await perform(call, (_view, { atMs, actor }) => ({
        ok: true,
        changes: [
          {
            kind: 'alert_mark',
            id,
            type: 'put',
            data: { id, state, by: actor, at_ms: atMs, note: body.note },
          },
        ],
      }))
      return alertAnswer(control, alert)
    },
  })
}

function alertAnswer({ log }: Control, row: AlertRow): object {
  const mark = log.view.entities.alert_mark.get(row.id)
  if (mark === undefined) return { ...row, mark: null }
  const { state, by, at_ms, note: said } = mark
  return { ...row, mark: { state, by, at: new Date(at_ms).toISOString(), note: said } }
}
