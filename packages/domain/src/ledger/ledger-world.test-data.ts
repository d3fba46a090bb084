import type { CommandHead, ControlChange, Decision } from '../control/control-event.ts'
import { fold, put, sampleView } from '../limits/sample-view.test-data.ts'
import type { OrganizationView } from '../organization/organization-view.ts'
import { createOrganizationView } from '../organization/organization-view.ts'
import { reportingCalendar } from '../organization/reporting-calendar.ts'
import { dueChanges } from '../requests/due-changes.ts'
import type { ScopeId } from '../scope/scope.ts'
import type { Month } from './month.ts'
import { monthAt } from './month.ts'
import type { ScopeSpend, SpendTotals } from './spend-totals.ts'

export { allocation, CREDIT, limit, put } from '../limits/sample-view.test-data.ts'

/** A control log that only grows, its view, and a burn that adds up spend by scope and month. */
export class LedgerWorld {
  readonly view: OrganizationView
  readonly log: ControlChange[] = []
  nowMs: number
  readonly #spend = new Map<ScopeId, Map<Month, number>>()

  constructor(at: string, ...changes: readonly ControlChange[]) {
    this.nowMs = Date.parse(at)
    this.view = sampleView(put('pool', { id: 'central', name: 'Central', owner: 'Finance' }), ...changes)
  }

  head(actor = 'user:admin'): CommandHead {
    return { commandId: 'c', atMs: this.nowMs, actor }
  }

  apply(changes: readonly ControlChange[]): void {
    this.log.push(...changes)
    fold(this.view, changes, this.nowMs)
  }

  /** Throws when it is refused. */
  decide(decision: Decision): readonly ControlChange[] {
    if (!decision.ok) throw new Error(`${decision.refusal.code}: ${decision.refusal.message}`)
    this.apply(decision.changes)
    return decision.changes
  }

  due(at?: string): readonly ControlChange[] {
    if (at !== undefined) this.nowMs = Date.parse(at)
    const changes = dueChanges(this.view, this.totals(), this.head('system:ledger'))
    this.apply(changes)
    return changes
  }

  /** Spend counts towards every scope of its path. */
  spend(scopes: readonly ScopeId[], micro: number, atMs = this.nowMs): void {
    const month = monthAt(reportingCalendar(this.view), atMs)
    for (const scope of scopes) {
      const months = this.#spend.get(scope) ?? new Map<Month, number>()
      months.set(month, (months.get(month) ?? 0) + micro)
      this.#spend.set(scope, months)
    }
  }

  spent(scope: ScopeId, month: Month): number {
    return this.#spend.get(scope)?.get(month) ?? 0
  }

  totals(): SpendTotals {
    return new Map(
      [...this.#spend].map(([scope, months]): [ScopeId, ScopeSpend] => [
        scope,
        { as_of_ms: this.nowMs, months: new Map(months) },
      ]),
    )
  }

  /** A view that reads the log of ledger entries from its beginning. */
  replayed(): OrganizationView {
    const view = createOrganizationView()
    fold(view, this.log)
    return view
  }

  sumOfAccounts(): number {
    return [...this.view.ledger.accounts()].reduce(
      (sum, account) => sum + this.view.ledger.balanceMicro(account),
      0,
    )
  }
}
