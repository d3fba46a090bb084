import type {
  AlertPolicies,
  Allocation,
  AnomalyPolicy,
  BudgetPolicy,
  Calendar,
  PolicyRecord,
  ScopeId,
  ScopeLimits,
  SeasonalPane,
} from '@meterline/domain'
import {
  createCalendar,
  createSpendDetector,
  DAY_RETENTION,
  DEFAULT_ANOMALY_POLICY,
  LeaseBook,
  scopeKind,
} from '@meterline/domain'

import type { QuietRange } from '../rules/quiet-range.ts'
import { NO_BUDGETS, readBudgets } from './budget-policy.ts'
import { ScopeBurn } from './scope-burn.ts'
import { scopeRules } from './scope-rules.ts'
import type { ScopeRules } from './scope-rules.ts'
import { HOURS_PER_WHOLE, WatchedPane } from './watched-pane.ts'

const NONE: readonly Allocation[] = []

/** State of one partition of burn: the scopes whose deltas it reads, its clock, and the budgets in force. */
export class BurnState {
  readonly scopes = new Map<ScopeId, ScopeBurn>()
  /** Stream time: the newest second or tick seen, in milliseconds; it never goes back. */
  clockMs = -Infinity
  /** The newest tick alone: a producer's clock does not move it. */
  tickMs = -Infinity
  readonly leases = new LeaseBook()
  policyRecord: PolicyRecord | undefined
  calendar: Calendar = createCalendar('UTC')
  /** Scopes with requests today that have no rate. */
  readonly unrated = new Set<ScopeBurn>()
  /** The organization, while usage of it is rejected. */
  readonly rejected = new Set<ScopeBurn>()
  #watched: ScopeBurn[] | undefined
  #anySpend: QuietRange | undefined
  #marked: ScopeBurn[] = []
  readonly #onMarked = (scope: ScopeBurn): void => {
    if (!scope.isTouched) this.#marked.push(scope)
  }
  #budgets = NO_BUDGETS

  /** The time that leases go by: that of the ticks, and of the log where there was none yet. */
  get leaseTimeMs(): number {
    return Math.max(0, this.tickMs === -Infinity ? this.clockMs : this.tickMs)
  }

  scope(id: ScopeId): ScopeBurn {
    let scope = this.scopes.get(id)
    if (scope === undefined) {
      scope = new ScopeBurn(id, this.#onMarked)
      this.scopes.set(id, scope)
      this.#watched = undefined
    }
    return scope
  }

  /** Forgets the scope, also in the changelog. */
  remove(scope: ScopeBurn): void {
    for (const name of scope.alerts.keys()) scope.marks.mark('alert', 0, name)
    for (const name of scope.detectors.keys()) {
      scope.marks.mark('detector', 0, name)
      for (let slot = 0; slot < HOURS_PER_WHOLE; slot++) scope.marks.mark('detector_hour', slot, name)
    }
    for (const name of ['silence', 'unrated', 'rejected'] as const) {
      if (scope[name] !== undefined) scope.marks.mark('detector', 0, name)
    }
    scope.silence = undefined
    scope.unrated = undefined
    scope.rejected = undefined
    scope.alerts.clear()
    scope.detectors.clear()
    this.unrated.delete(scope)
    this.rejected.delete(scope)
    this.scopes.delete(scope.scope)
    this.#watched = undefined
  }

  /** In the order of their ids. */
  scopesWithAlerts(): ScopeBurn[] {
    return [...this.scopes.values()]
      .filter((scope) => scope.alerts.size > 0)
      .sort((a, b) => (a.scope < b.scope ? -1 : 1))
  }

  /** Whether spend of that time is still kept: 62 days before today are. */
  keepsDayOf(timestampMs: number): boolean {
    return this.calendar.day(timestampMs) > this.calendar.day(this.clockMs) - DAY_RETENTION
  }

  /** The scopes with something to write, since the last call; without those that had been touched, which are written anyway. */
  takeMarked(): ScopeBurn[] {
    const marked = this.#marked
    this.#marked = []
    return marked
  }

  /** In the order of their ids; empty for most scopes. */
  allocationsOf(scope: ScopeId): readonly Allocation[] {
    return this.#budgets.allocations.get(scope) ?? NONE
  }

  /** Those with an allocation and with spend, in the order of their ids. */
  budgetedScopes(): ScopeBurn[] {
    return this.#budgets.scopes.flatMap((scope) => this.scopes.get(scope) ?? [])
  }

  get policy(): BudgetPolicy {
    return this.#budgets.policy
  }

  get alertPolicies(): AlertPolicies {
    return this.#budgets.alertPolicies
  }

  get limits(): ScopeLimits {
    return this.#budgets.limits
  }

  get anomalies(): AnomalyPolicy {
    return this.policy.anomalies ?? DEFAULT_ANOMALY_POLICY
  }

  /** What is looked at in the scope; made once per policy. */
  rulesOf(scope: ScopeBurn): ScopeRules {
    return (scope.rules ??= scopeRules(scope.scope, this))
  }

  isWatched(scope: ScopeBurn): boolean {
    return this.anomalies.scope_kinds.includes(scopeKind(scope.scope))
  }

  /** In the order of their ids: the order of creation is lost in a restart. */
  watchedScopes(): readonly ScopeBurn[] {
    this.#watched ??= [...this.scopes.values()]
      .filter((scope) => this.isWatched(scope))
      .sort((a, b) => (a.scope < b.scope ? -1 : 1))
    return this.#watched
  }

  /** Whether the record is newer than the policy in force: it may be repeated by whoever takes a partition over. */
  isNews(record: PolicyRecord): boolean {
    return this.policyRecord === undefined || record.policy_offset > this.policyRecord.policy_offset
  }

  /** Puts a policy in force; true when the calendar changed with it. Throws, and changes nothing, when it is none. */
  adopt(record: PolicyRecord): boolean {
    const zoneBefore = this.policy.reporting_time_zone
    const anomaliesBefore = JSON.stringify(this.anomalies)
    this.#budgets = readBudgets(record.policy)
    // The text of all partitions, in place of one of its own.
    this.policyRecord = { ...record, policy: this.#budgets.json }
    this.#watched = undefined
    const zoneChanged = this.policy.reporting_time_zone !== zoneBefore
    if (zoneChanged) this.calendar = createCalendar(this.policy.reporting_time_zone)
    const detectsOtherwise = zoneChanged || JSON.stringify(this.anomalies) !== anomaliesBefore
    for (const scope of this.scopes.values()) {
      scope.rules = undefined
      if (detectsOtherwise) this.#renewDetectors(scope)
    }
    return zoneChanged
  }

  /** Of a watched scope; made when it is asked for. */
  watchedPane(scope: ScopeBurn, pane: SeasonalPane): WatchedPane {
    let watched = scope.detectors.get(pane)
    if (watched === undefined) {
      watched = new WatchedPane(scope.scope, createSpendDetector(pane, this.detectorOptions))
      scope.detectors.set(pane, watched)
    }
    return watched
  }

  /** The detectors go on from where they are, by the new policy. */
  #renewDetectors(scope: ScopeBurn): void {
    for (const [pane, watched] of scope.detectors) {
      watched.detector = createSpendDetector(pane, this.detectorOptions, watched.detector.snapshot())
    }
  }

  /** One object for all scopes in which no rule may speak today: it is looked at with each delta. */
  anySpendToday(): QuietRange {
    const untilMs = this.calendar.dayStartMs(this.calendar.day(this.clockMs) + 1)
    if (this.#anySpend?.untilMs !== untilMs) {
      this.#anySpend = { fromMicro: -Number.MAX_SAFE_INTEGER, toMicro: Number.MAX_SAFE_INTEGER, untilMs }
    }
    return this.#anySpend
  }

  get detectorOptions(): { readonly policy: AnomalyPolicy; readonly calendar: Calendar } {
    return { policy: this.anomalies, calendar: this.calendar }
  }
}
