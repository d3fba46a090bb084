import type { SpendView } from '../../organization/organization-view.ts'
import type { GrantBalance } from '../../spend/budget-policy.ts'

/** Those that expire first; an organization with more has other worries. */
const MAX_GRANTS = 100
const HELD_IN = /^(pool|allocation|reserve):/

/**
 * The grants with an expiry and with credits left, soonest first. Left is what lies in pools, allocations and reserves: what the
 * open period has used is posted when it is closed. Reads no clock: an expired grant has nothing left once the ledger has posted it.
 */
export function expiringGrants(view: SpendView): GrantBalance[] {
  const grants = [...view.entities.grant.values()]
    .flatMap(({ id, pool, expires_at_ms }) => (expires_at_ms === null ? [] : [{ id, pool, expires_at_ms }]))
    .sort((a, b) => a.expires_at_ms - b.expires_at_ms || (a.id < b.id ? -1 : 1))
  if (grants.length === 0) return []
  const held = [...view.ledger.accounts()].filter((account) => HELD_IN.test(account))
  return grants
    .map((grant) => {
      const remaining_micro = held.reduce(
        (sum, account) => sum + (view.ledger.lots(account).get(grant.id) ?? 0),
        0,
      )
      return { ...grant, remaining_micro }
    })
    .filter(({ remaining_micro }) => remaining_micro > 0)
    .slice(0, MAX_GRANTS)
}
