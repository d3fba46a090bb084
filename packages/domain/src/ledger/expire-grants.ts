import type { CommandHead, Decision } from '../control/control-event.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { reportingCalendar } from '../organization/reporting-calendar.ts'
import { accountId, expiredAccount, poolAccount } from './accounts.ts'
import { LedgerDraft } from './ledger-draft.ts'
import type { LedgerAccount } from './ledger-entities.ts'
import type { Month } from './month.ts'
import { monthAt } from './month.ts'

/** What is left in the pools of grants that are over. What of them is in allocations is spent or expires when their period closes. */
export function expireGrants(view: OrganizationView, head: CommandHead): Decision {
  const draft = new LedgerDraft(view, head)
  expirePools(draft)
  return { ok: true, changes: draft.changes() }
}

/** A month that is over and not closed comes first: what was used in it too much is still paid by grants that were there then. */
export function expirePools(draft: LedgerDraft): void {
  const month = monthAt(reportingCalendar(draft.view), draft.head.atMs)
  const open = draft.openMonth()
  if (open !== undefined && open < month) return
  for (const pool of [...draft.view.entities.pool.keys()].sort()) {
    expireHeld(draft, { account: poolAccount(pool), to: expiredAccount(pool), period: month })
  }
}

/** Moves away what an account holds of grants that are over by now, one entry per grant. */
export function expireHeld(
  draft: LedgerDraft,
  {
    account,
    to,
    period,
  }: { readonly account: LedgerAccount; readonly to: LedgerAccount; readonly period: Month },
): void {
  for (const [grant, amountMicro] of [...draft.ledger.lots(account)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const expiresAtMs = draft.view.entities.grant.get(grant)?.expires_at_ms ?? Infinity
    if (amountMicro <= 0 || draft.head.atMs < expiresAtMs) continue
    draft.move({
      id: draft.freeId(`grant_expiry:${grant}:${account}`),
      kind: 'grant_expiry',
      period,
      from: account,
      to,
      amountMicro,
      grants: new Set([grant]),
      reason: `grant ${grant} expired at ${new Date(expiresAtMs).toISOString()}`,
      links: account.startsWith('pool:') ? { grant } : { grant, allocation: accountId(account) },
    })
  }
}
