import type { SpendAlert } from '../alerts/spend-alert.ts'
import type { CommandHead, Decision } from '../control/control-event.ts'
import { refuse } from '../control/refuse.ts'
import { LedgerDraft } from '../ledger/ledger-draft.ts'
import type { Month } from '../ledger/month.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { ROLES_OF, sidesOf } from './approver-sides.ts'
import { noteOnIncident } from './incident-steps.ts'
import type { ApprovalSide, Incident } from './request-entities.ts'

export const incidentId = (alertId: string): string => `incident-${alertId}`

/**
 * What an alert of a hard cap means for incidents; any other alert means nothing. One that fires opens an incident by itself, once per
 * alert. Its way: `open` → criticality stated by an engineering lead → top-up requested: `awaiting_approval` → approved by finance and
 * engineering: `resolved` (declined: `open` again) → post-mortem note: `reviewed`. When the alert resolves before anybody has asked
 * for a top-up, because the cap was raised or the month is over, so does the incident.
 */
export function followHardCap(view: OrganizationView, alert: SpendAlert, head: CommandHead): Decision {
  if (alert.severity !== 'hard_cap' || alert.allocation_id === null) return { ok: true, changes: [] }
  const id = incidentId(alert.id)
  const known = view.entities.incident.get(id)
  const draft = new LedgerDraft(view, head)
  if (alert.state === 'firing' && known === undefined) {
    const data = opened({ id, allocation: alert.allocation_id, alert }, head)
    draft.change({ kind: 'incident', id, type: 'put', data })
  }
  if (alert.state === 'resolved' && known?.state === 'open') {
    noteOnIncident(draft, id, { state: 'resolved', what: 'what is spent is below the cap again' })
  }
  return { ok: true, changes: draft.changes() }
}

function opened(
  { id, allocation, alert }: { readonly id: string; readonly allocation: string; readonly alert: SpendAlert },
  head: CommandHead,
): Incident {
  const what = `opened: ${share(alert.observed)} of what "${allocation}" may spend is spent`
  return {
    id,
    allocation,
    period: alert.period as Month,
    alert_id: alert.id,
    state: 'open',
    criticality: null,
    request: null,
    timeline: [{ at_ms: head.atMs, by: head.actor, what }],
    post_mortem: null,
  }
}

/** An engineering lead says how much hangs on it: what the top-up is decided by. */
export function stateCriticality(
  view: OrganizationView,
  { incident, criticality }: { readonly incident: string; readonly criticality: string },
  head: CommandHead,
): Decision {
  if (criticality.trim() === '') return refuse('invalid', 'say what is at stake', 'criticality')
  return step(
    view,
    { incident, states: ['open', 'awaiting_approval'], sides: ['engineering'] },
    head,
    (draft) => noteOnIncident(draft, incident, { criticality, what: `criticality: ${criticality}` }),
  )
}

/** A line in the timeline, by whoever works on it. */
export function noteIncident(
  view: OrganizationView,
  { incident, note }: { readonly incident: string; readonly note: string },
  head: CommandHead,
): Decision {
  if (note.trim() === '') return refuse('invalid', 'a note says something', 'note')
  return step(view, { incident, states: ['open', 'awaiting_approval'], sides: null }, head, (draft) =>
    noteOnIncident(draft, incident, { what: note }),
  )
}

/** Without a top-up: the cap stays, or the usage has gone. While a request waits for its answer, that comes first. */
export function resolveIncident(
  view: OrganizationView,
  { incident, reason }: { readonly incident: string; readonly reason: string },
  head: CommandHead,
): Decision {
  if (reason.trim() === '') return refuse('invalid', 'say why it is over', 'reason')
  return step(view, { incident, states: ['open'], sides: ['finance', 'engineering'] }, head, (draft) =>
    noteOnIncident(draft, incident, { state: 'resolved', what: `resolved: ${reason}` }),
  )
}

export function writePostMortem(
  view: OrganizationView,
  { incident, note }: { readonly incident: string; readonly note: string },
  head: CommandHead,
): Decision {
  if (note.trim() === '') return refuse('invalid', 'a post-mortem says what was learnt', 'note')
  return step(view, { incident, states: ['resolved'], sides: ['finance', 'engineering'] }, head, (draft) =>
    noteOnIncident(draft, incident, { state: 'reviewed', post_mortem: note, what: 'post-mortem written' }),
  )
}

interface Allowed {
  readonly incident: string
  readonly states: readonly Incident['state'][]
  /** Who may, by the roles over the allocation; `null`: the caller has checked. */
  readonly sides: readonly ApprovalSide[] | null
}

function step(
  view: OrganizationView,
  { incident: id, states, sides }: Allowed,
  head: CommandHead,
  take: (draft: LedgerDraft) => void,
): Decision {
  const incident = view.entities.incident.get(id)
  if (incident === undefined) return refuse('not_found', `there is no incident "${id}"`, 'incident')
  if (!states.includes(incident.state))
    return refuse('wrong_state', `the incident is ${incident.state}`, 'incident')
  const open = sidesOf(view, head.actor, [`allocation:${incident.allocation}`])
  if (sides !== null && !sides.some((side) => open.has(side)))
    return refuse(
      'not_an_approver',
      `this is for a person with the role ${sides.flatMap((side) => [...ROLES_OF[side]]).join(' or ')} over "${incident.allocation}"`,
    )
  const draft = new LedgerDraft(view, head)
  take(draft)
  return { ok: true, changes: draft.changes() }
}

const share = (ratio: number): string => `${Math.round(ratio * 1_000) / 10} %`
