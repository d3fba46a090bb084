import { burnChangeCodec, FRAME_BYTES } from '@meterline/contract'
import { sumWeight } from '@meterline/domain'
import type { PolicyRecord, RejectedUsage, ScopeId, Tick } from '@meterline/domain'
import type { LogRecord, Processor, StepContext } from '@meterline/topology'

import { ByteInterner } from '../../wire/byte-interner.ts'
import type { BurnReports } from '../burn-reports.ts'
import type { LeaseMoment, Moment } from '../moment.ts'
import { readSpend } from '../read-spend.ts'
import { BurnRecords } from '../state/burn-records.ts'
import type { BurnSchemaIds } from '../state/burn-records.ts'
import { BurnState } from '../state/burn-state.ts'
import { rebuildDays } from '../state/rebuild-days.ts'
import { MAX_KEPT_MICRO } from '../state/sum-bound.ts'
import { RefreshSchedule } from '../state/refresh-schedule.ts'
import { restoreChange, restoreRemoval, settleRestored } from '../state/restore-change.ts'
import type { ScopeBurn } from '../state/scope-burn.ts'
import { stateMoment } from '../state/spend-state-of.ts'
import { clockChange, leaseChanges, policyChange } from '../state/write-changes.ts'
import { DeltaScan } from '../wire/delta-scan.ts'
import type { Spend } from '../wire/delta-scan.ts'

/** Scopes without new spend that are looked at in one batch: after a long silence all of them are due at once. */
const MAX_REFRESHED_PER_BATCH = 1_000

const MIN_SPELLINGS = 1_024

/**
 * Keeps the panes of every scope, by event time. Owns burn's state: it restores it, and after each batch writes what changed
 * (also what the later steps changed) to `changelog`, and where each touched scope stands to `state`, once per scope.
 */
export function rollWindows(schemaIds: BurnSchemaIds, reports: Partial<BurnReports>) {
  return (context: StepContext<Moment | LeaseMoment>): Processor<LogRecord> =>
    new RollWindows(schemaIds, reports, context)
}

class RollWindows implements Processor<LogRecord> {
  readonly #reports: Partial<BurnReports>
  readonly #context: StepContext<Moment | LeaseMoment>
  readonly #burn = new BurnState()
  readonly #refresh = new RefreshSchedule()
  /** Scopes whose state is told with this batch, each once. */
  #touched: ScopeBurn[] = []
  readonly #scan = new DeltaScan()
  readonly #records: BurnRecords
  /** By the bytes of their ids, as long as they are known. */
  readonly #scopes = new ByteInterner((id) => this.#burn.scope(id.toString() as ScopeId))
  #settled = false
  #clockWritten = -Infinity
  #tickWritten = -Infinity
  #policyWritten = -1
  #offset = -1
  #skipped = { records: 0, offset: -1, err: undefined as unknown }
  #late = { records: 0, creditsMicro: 0 }

  constructor(
    schemaIds: BurnSchemaIds,
    reports: Partial<BurnReports>,
    context: StepContext<Moment | LeaseMoment>,
  ) {
    this.#records = new BurnRecords(this.#burn, schemaIds, context)
    this.#reports = reports
    this.#context = context
  }

  restore(_topic: string, { key, value }: LogRecord): void {
    if (value === null) restoreRemoval(this.#burn, key?.toString() ?? '')
    else restoreChange(this.#burn, burnChangeCodec.decode(value.subarray(FRAME_BYTES)))
  }

  process(record: LogRecord): void {
    if (!this.#settled) this.#settle()
    this.#offset = record.offset
    const { value } = record
    if (value !== null && this.#scan.scan(value, FRAME_BYTES)) return this.#spendScanned(value)
    const read = readSpend(record)
    if (read.kind === 'unreadable') return this.#skip(record.offset, read.error)
    const { spend } = read
    switch (spend.kind) {
      case 'delta':
        this.#passTime(spend.pane_start)
        if (this.#keeps(spend)) this.#spend(this.#burn.scope(spend.scope), spend)
        return
      case 'tick':
        this.#passTime(spend.pane_start)
        this.#tick(spend)
        return
      case 'lease_request':
        return this.#context.forward({
          kind: 'asked',
          burn: this.#burn,
          request: spend,
          offset: record.offset,
        })
      case 'lease_return':
        return this.#context.forward({
          kind: 'given_back',
          burn: this.#burn,
          report: spend,
          offset: record.offset,
        })
      case 'rejected':
        return this.#reject(spend)
      case 'policy':
        this.#adopt(spend)
    }
  }

  endBatch(): void {
    const { clockMs, tickMs, policyRecord } = this.#burn
    const due = clockMs === -Infinity ? [] : this.#refresh.takeDue(clockMs, MAX_REFRESHED_PER_BATCH)
    for (const scope of due) this.#touch(scope)
    // Before those that were touched: one that was forgotten may be there again by the same name.
    for (const scope of this.#burn.takeMarked()) this.#records.writeChanges(scope)
    this.#writeTouched()
    this.#records.write(leaseChanges(this.#burn))
    if (clockMs > this.#clockWritten || tickMs > this.#tickWritten) {
      this.#records.write([clockChange({ clockMs, tickMs })])
    }
    this.#clockWritten = clockMs
    this.#tickWritten = tickMs
    if (policyRecord !== undefined && policyRecord.policy_offset > this.#policyWritten) {
      this.#records.write([policyChange(policyRecord)])
      this.#policyWritten = policyRecord.policy_offset
    }
    this.#report()
  }

  #skip(offset: number, err: unknown): void {
    if (this.#skipped.records === 0) this.#skipped = { records: 0, offset, err }
    this.#skipped.records += 1
  }

  #report(): void {
    const { partition } = this.#context
    if (this.#skipped.records > 0) this.#reports.skipped?.({ partition, ...this.#skipped })
    if (this.#late.records > 0) this.#reports.late?.({ partition, ...this.#late })
    this.#skipped = { records: 0, offset: -1, err: undefined }
    this.#late = { records: 0, creditsMicro: 0 }
  }

  /** Stream time is the newest second or tick; what comes late does not turn it back. */
  #passTime(atMs: number): void {
    const fromMs = this.#burn.clockMs
    if (atMs <= fromMs) return
    this.#burn.clockMs = atMs
    this.#context.forward({ kind: 'passed', burn: this.#burn, fromMs, toMs: atMs })
    const { calendar } = this.#burn
    const [before, today] = [calendar.day(Math.max(fromMs, 0)), calendar.day(atMs)]
    if (today !== before) this.#dropIdle()
    if (calendar.month(today) !== calendar.month(before)) this.#publishAllocated()
  }

  /** The ledger closes a month by what burn says of it, so that has to be said also of a scope that is quiet now. */
  #publishAllocated(): void {
    for (const { scope } of this.#burn.policy.allocations) {
      const known = this.#burn.scopes.get(scope)
      if (known !== undefined) this.#touch(known)
    }
  }

  /** What passed, passed: a tick that comes late turns no time back, but what it says of metered usage holds. */
  #tick({ pane_start, metered_offset = -1 }: Tick): void {
    this.#burn.tickMs = Math.max(this.#burn.tickMs, pane_start)
    const tick = { offset: this.#offset, atMs: pane_start, meteredOffset: metered_offset }
    this.#context.forward({ kind: 'ticked', burn: this.#burn, tick })
  }

  #spendScanned(value: Buffer): void {
    const scan = this.#scan
    this.#passTime(scan.pane_start)
    if (!this.#keeps(scan)) return
    // One scope may be spelled in many ways that are no UTF-8: the table has a bound all the same.
    if (this.#scopes.size > 2 * this.#burn.scopes.size + MIN_SPELLINGS) this.#scopes.clear()
    this.#spend(this.#scopes.of(value, scan.scopeStart, scan.scopeEnd), scan)
  }

  /** A scope is made only for spend that is kept: otherwise it would be there or not depending on restarts. */
  #keeps(delta: Spend): boolean {
    if (sumWeight(delta.credits_micro) > MAX_KEPT_MICRO) {
      this.#skip(this.#offset, uncountable(delta))
      return false
    }
    if (this.#burn.keepsDayOf(delta.pane_start)) return true
    this.#late.records += 1
    this.#late.creditsMicro += delta.credits_micro
    return false
  }

  #spend(scope: ScopeBurn, delta: Spend): void {
    const burn = this.#burn
    this.#touch(scope)
    scope.advance(burn.clockMs, burn.calendar)
    if (!scope.canCount(delta, burn.calendar)) {
      return this.#skip(this.#offset, uncountable(delta, scope.scope))
    }
    scope.add(delta, burn.calendar)
    if (delta.unrated_requests <= 0 && scope.isQuiet(burn.clockMs, burn.calendar)) return
    this.#context.forward({ kind: 'spent', burn, scope, delta })
  }

  /** What it says of time is its sender's: the clock goes by it only where there is none yet. */
  #reject({ scope, pane_start, requests }: RejectedUsage): void {
    const burn = this.#burn
    if (burn.clockMs === -Infinity) this.#passTime(pane_start)
    // A scope is made only for what is kept, here as with spend.
    if (burn.alertPolicies.of(scope, 'rejected_usage').length === 0) return
    this.#context.forward({ kind: 'rejected', burn, scope: burn.scope(scope), requests })
  }

  #adopt(record: PolicyRecord): void {
    if (!this.#burn.isNews(record)) return
    const zoneChanged = this.#burn.adopt(record)
    for (const scope of this.#burn.scopes.values()) {
      if (zoneChanged) rebuildDays(scope, this.#burn.calendar)
      // What rules may say follows from the policy; what they compare with, from the days alone.
      scope.quiet = undefined
    }
    if (this.#burn.clockMs !== -Infinity) {
      this.#context.forward({ kind: 'policy', burn: this.#burn })
      // It may have taken the last alert of a scope: after a restart nothing of that would be there.
      this.#dropIdle()
    }
    // The limits of a scope are part of what it stands at.
    this.#publishAllocated()
  }

  /** At the start of a day, and under another policy: scopes without a day of usage or an alert left are forgotten. */
  #dropIdle(): void {
    const today = this.#burn.calendar.day(this.#burn.clockMs)
    for (const scope of this.#burn.scopes.values()) {
      scope.advanceDays(today)
      if (scope.isIdle) {
        this.#refresh.cancel(scope)
        this.#burn.remove(scope)
        this.#scopes.clear()
      }
    }
  }

  #touch(scope: ScopeBurn): void {
    if (scope.isTouched) return
    scope.isTouched = true
    this.#touched.push(scope)
  }

  /** State and changes of one scope after another: each lies in memory far from the others. */
  #writeTouched(): void {
    if (this.#touched.length === 0) return
    const moment = stateMoment(this.#burn, this.#offset)
    for (const scope of this.#touched) {
      this.#records.writeState(scope, moment)
      this.#refresh.plan(scope, this.#burn.clockMs)
      this.#records.writeChanges(scope)
      scope.isTouched = false
    }
    this.#touched = []
  }

  #settle(): void {
    this.#settled = true
    settleRestored(this.#burn)
    for (const scope of this.#burn.scopes.values()) this.#refresh.plan(scope, this.#burn.clockMs)
    this.#clockWritten = this.#burn.clockMs
    this.#tickWritten = this.#burn.tickMs
    this.#policyWritten = this.#burn.policyRecord?.policy_offset ?? -1
  }
}

/** It is over every budget there is; what is over that too is in `usage` alone. */
function uncountable({ credits_micro }: Spend, scope = 'a scope'): RangeError {
  return new RangeError(
    `${credits_micro} micro-credits more for ${scope} are beyond ${MAX_KEPT_MICRO} in 63 days, up to which sums are exact`,
  )
}
