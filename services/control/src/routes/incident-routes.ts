import { RESOURCES } from '@meterline/contract'
import { maySee, noteIncident, resolveIncident, stateCriticality, writePostMortem } from '@meterline/domain'
import type { CommandHead, Decision, OrganizationView } from '@meterline/domain'
import { z } from 'zod'

import { perform } from '../command/perform.ts'
import { prose } from '../routing/fields.ts'
import type { Route } from '../routing/route.ts'
import { route } from '../routing/route.ts'
import { entityAnswer, notFound } from './entity-answer.ts'

const said = z.strictObject({ text: prose })

type Step = (
  view: OrganizationView,
  of: { readonly id: string; readonly text: string },
  head: CommandHead,
) => Decision

/** The way of an incident, as far as people take it; it opens by itself. Which side may take which step stands in the domain. */
export const incidentRoutes: readonly Route[] = [
  stepRoute('criticality', 'State what is at stake', (view, { id, text }, head) =>
    stateCriticality(view, { incident: id, criticality: text }, head),
  ),
  stepRoute('note', 'Add a line to the timeline', (view, { id, text }, head) =>
    noteIncident(view, { incident: id, note: text }, head),
  ),
  stepRoute('resolve', 'Resolve it without a top-up', (view, { id, text }, head) =>
    resolveIncident(view, { incident: id, reason: text }, head),
  ),
  stepRoute('post-mortem', 'Write down what was learnt', (view, { id, text }, head) =>
    writePostMortem(view, { incident: id, note: text }, head),
  ),
]

function stepRoute(verb: string, summary: string, step: Step): Route {
  return route({
    method: 'POST',
    path: `/v1/incidents/:id/${verb}`,
    access: 'incidents.work',
    summary,
    body: said,
    handle: async (call) => {
      const { control, params, principal, body } = call
      const { id = '' } = params
      const incident = control.log.view.entities.incident.get(id)
      if (
        incident === undefined ||
        !maySee(control.log.view, principal, { kind: 'incident', entity: incident })
      ) {
        throw notFound('incident', id)
      }
      await perform(call, (view, head) => step(view, { id, text: body.text }, head))
      return entityAnswer(control, RESOURCES.incident, id)
    },
  })
}
