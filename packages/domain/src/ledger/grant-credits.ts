import type { CommandHead, Decision } from '../control/control-event.ts'
import { refuse } from '../control/refuse.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { reportingCalendar } from '../organization/reporting-calendar.ts'
import { OUTSIDE, poolAccount } from './accounts.ts'
import { LedgerDraft } from './ledger-draft.ts'
import type { Grant } from './ledger-entities.ts'
import { monthAt } from './month.ts'

/** Puts credits into a pool. A grant is never changed afterwards: a mistake is mended by `correctEntry` on `grant:<id>`. */
export function grantCredits(
  view: OrganizationView,
  grant: Omit<Grant, 'granted_at_ms'>,
  head: CommandHead,
): Decision {
  if (view.entities.grant.has(grant.id))
    return refuse('already_exists', `the grant "${grant.id}" was given already`, 'id')
  if (!view.entities.pool.has(grant.pool))
    return refuse('not_found', `there is no pool "${grant.pool}"`, 'pool')
  if (!Number.isSafeInteger(grant.credits_micro) || grant.credits_micro <= 0)
    return refuse('invalid', 'a grant has a positive sum of credits', 'credits_micro')
  if (grant.expires_at_ms !== null && grant.expires_at_ms <= head.atMs)
    return refuse('invalid', 'the grant would expire before it is given', 'expires_at_ms')
  const data: Grant = { ...grant, granted_at_ms: head.atMs }
  const draft = new LedgerDraft(view, head)
  draft.post({
    id: `grant:${grant.id}`,
    kind: 'grant',
    at_ms: head.atMs,
    period: monthAt(reportingCalendar(view), head.atMs),
    reason: `${grant.kind} ${grant.reference}`.trim(),
    postings: [
      { account: OUTSIDE, amount_micro: -grant.credits_micro, grant: grant.id },
      { account: poolAccount(grant.pool), amount_micro: grant.credits_micro, grant: grant.id },
    ],
    links: { grant: grant.id },
  })
  return {
    ok: true,
    changes: [{ kind: 'grant', id: grant.id, type: 'put', data }, ...draft.changes()],
  }
}
