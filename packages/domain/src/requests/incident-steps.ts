import type { LedgerDraft } from '../ledger/ledger-draft.ts'
import type { Incident } from './request-entities.ts'

/** Lines of a timeline; later ones are not kept, the log has them. */
const MAX_TIMELINE = 1_000

export interface IncidentStep extends Partial<
  Pick<Incident, 'state' | 'criticality' | 'request' | 'post_mortem'>
> {
  /** For the timeline. */
  readonly what: string
}

/** Moves an incident on, with a line in its timeline. One that is over stays as it is. */
export function noteOnIncident(draft: LedgerDraft, id: string, step: IncidentStep): void {
  const incident = draft.incident(id)
  if (incident === undefined || (incident.state === 'resolved' && step.state !== 'reviewed')) return
  const { what, ...changes } = step
  const line = { at_ms: draft.head.atMs, by: draft.head.actor, what }
  const timeline = [...incident.timeline, line].slice(0, MAX_TIMELINE)
  draft.change({ kind: 'incident', id, type: 'put', data: { ...incident, ...changes, timeline } })
}
