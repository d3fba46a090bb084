import type { CommandHead, Decision } from '../control/control-event.ts'
import { refuse } from '../control/refuse.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { LedgerDraft } from './ledger-draft.ts'

/** What spend says is burn's alone, and what a request or a rule did has its own ways back. */
const CORRECTABLE = new Set(['grant', 'correction', 'expiry', 'grant_expiry'])

/** Takes an entry back by its opposite. Entries are never changed: the mistake and its mending both stay. */
export function correctEntry(
  view: OrganizationView,
  { entry: entryId, reason }: { readonly entry: string; readonly reason: string },
  head: CommandHead,
): Decision {
  const entry = view.entities.ledger_entry.get(entryId)
  if (entry === undefined) return refuse('not_found', `there is no ledger entry "${entryId}"`, 'entry')
  if (!CORRECTABLE.has(entry.kind))
    return refuse('not_correctable', `an entry of kind "${entry.kind}" is not taken back by hand`, 'entry')
  if (reason.trim() === '') return refuse('invalid', 'a correction says why', 'reason')
  const id = `correction:${entryId}`
  if (view.ledger.has(id)) return refuse('already_corrected', `"${entryId}" was taken back already`, 'entry')
  const draft = new LedgerDraft(view, head)
  draft.post({
    id,
    kind: 'correction',
    at_ms: head.atMs,
    period: draft.openMonth() ?? entry.period,
    reason,
    postings: entry.postings.map((posting) => ({ ...posting, amount_micro: -posting.amount_micro })),
    links: { ...entry.links, corrects: entryId },
  })
  return { ok: true, changes: draft.changes() }
}
