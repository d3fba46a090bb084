import type {
  AlertMemory,
  Calendar,
  DailyBaseline,
  Driver,
  PeriodBaseline,
  ScopeId,
  SeasonalPane,
  SilenceWatch,
  RequestRun,
} from '@meterline/domain'
import {
  BASELINE_DAYS,
  BurnWindows,
  dailyBaseline,
  DayTotals,
  DRIVER_SPANS,
  DriverPanes,
  MINUTE_MS,
  monthPositionFactor,
  periodBaseline,
} from '@meterline/domain'

import type { QuietRange } from '../rules/quiet-range.ts'
import type { Spend } from '../wire/delta-scan.ts'
import { ChangeMarks } from './change-marks.ts'
import type { ScopeRules } from './scope-rules.ts'
import { SumBound } from './sum-bound.ts'
import type { WatchedPane } from './watched-pane.ts'

const MINUTES_PER_HOUR = 60
/** After all minutes and before all days there are: integers of 31 bits, which need no memory of their own, as infinity does. */
export const NEVER_MINUTE = 0x3fffffff
const BEFORE_ALL_DAYS = -0x3fffffff

/** Everything that burn knows of one scope. */
export class ScopeBurn {
  readonly scope: ScopeId
  readonly windows = new BurnWindows()
  readonly days = new DayTotals()
  /** Only where meter sends drivers: on budgeted scopes. */
  drivers: { readonly fiveMinutes: DriverPanes; readonly day: DriverPanes } | undefined
  /** Only on watched kinds of scope. */
  readonly detectors = new Map<SeasonalPane, WatchedPane>()
  readonly alerts = new Map<string, AlertMemory>()
  /** Only where the rule of that name is on, and once there was something for it to see. */
  silence: SilenceWatch | undefined
  unrated: RequestRun | undefined
  rejected: RequestRun | undefined
  /** By the policy in force; made when it is asked for. */
  rules: ScopeRules | undefined
  /** Set by the last step, and asked by the first: a delta within it is news to no rule. */
  quiet: QuietRange | undefined
  /** How often the rules were asked since that was found. */
  looks = 0
  /** Of the last 5-minute pane. */
  seasonalScore: number | null = null
  readonly marks: ChangeMarks<ScopeBurn>
  /** The minute in which its state is told again though nothing was spent, and where the schedule has it. */
  refreshMinute = NEVER_MINUTE
  queuedMinute = NEVER_MINUTE
  /** Whether its state is to be told with this batch. */
  isTouched = false

  #daily: { readonly today: number; readonly baseline: DailyBaseline } | undefined
  #period: PeriodBaseline | undefined
  readonly #bound = new SumBound()
  #monthFactor: { readonly day: number; readonly factor: number } | undefined
  /** The latest day that something remembered is about. */
  #baselinesOf = BEFORE_ALL_DAYS
  #day = BEFORE_ALL_DAYS

  /** `onMarked`: told when there is something to write again. */
  constructor(scope: ScopeId, onMarked: (scope: ScopeBurn) => void) {
    this.scope = scope
    this.marks = new ChangeMarks<ScopeBurn>(this, onMarked)
  }

  /** Nothing is known of it any more that a rule may come back to: it may be forgotten. */
  get isIdle(): boolean {
    return this.days.isEmpty && this.alerts.size === 0 && (this.rejected?.requests ?? 0) === 0
  }

  /** Nothing is known of it at all. Restored like that it had been forgotten: what is idle is still there until it is. */
  get isForgotten(): boolean {
    const { days, alerts, detectors, silence, unrated, rejected } = this
    return (
      days.isEmpty && alerts.size + detectors.size === 0 && (silence ?? unrated ?? rejected) === undefined
    )
  }

  /** Moves windows and days on; what is evicted is marked, together with the coarser panes that go on standing for it. */
  advance(nowMs: number, calendar: Calendar): void {
    if (!this.windows.isAt(nowMs)) {
      // Within a minute nothing is evicted: no need of somebody who is told.
      if (this.windows.isAtMinute(nowMs)) this.windows.advance(nowMs)
      else this.#advanceMinute(nowMs, calendar)
    }
    this.advanceDays(calendar.day(nowMs))
  }

  #advanceMinute(nowMs: number, calendar: Calendar): void {
    this.windows.advance(nowMs, (level, pane) => {
      this.marks.mark(level, pane)
      if (level === 'hour') return
      this.marks.mark('hour', Math.floor(pane / MINUTES_PER_HOUR))
      this.marks.mark('day', calendar.day(pane * MINUTE_MS))
    })
  }

  /** Whether no rule that looks at each delta has anything to say of today's spend. */
  isQuiet(nowMs: number, calendar: Calendar): boolean {
    const { quiet } = this
    if (quiet === undefined || nowMs >= quiet.untilMs) return false
    const dayMicro = this.days.creditsMicro(calendar.day(nowMs))
    return dayMicro >= quiet.fromMicro && dayMicro <= quiet.toMicro
  }

  advanceDays(today: number): void {
    if (today === this.#day) return
    this.#day = today
    this.days.advance(today, (day) => this.marks.mark('day', day))
  }

  /** Whether all sums stay exact with it; then it has to be added. Call `advance` first. */
  canCount({ pane_start, credits_micro }: Spend, calendar: Calendar): boolean {
    return this.#bound.lets(credits_micro, () =>
      Math.max(
        this.days.weightWith(calendar.day(pane_start), credits_micro),
        this.windows.weightWith(pane_start, credits_micro),
      ),
    )
  }

  /** Adds a delta where it belongs; false when its day is no longer kept. Call `advance` first. */
  add(delta: Spend, calendar: Calendar): boolean {
    const { pane_start, credits_micro, requests, drivers } = delta
    const day = calendar.day(pane_start)
    if (!this.days.add(day, credits_micro, requests)) return false
    this.windows.add(pane_start, credits_micro, requests)
    const minute = Math.floor(pane_start / MINUTE_MS)
    if (this.windows.minutes.keeps(minute)) {
      this.marks.markMinute(minute)
    } else {
      this.marks.mark('hour', Math.floor(minute / MINUTES_PER_HOUR))
      this.marks.mark('day', day)
    }
    if (drivers.length > 0) this.#addDrivers(pane_start, day, drivers)
    // What rests on earlier days is only wrong when one of them has just changed.
    if (day < this.#baselinesOf) this.forgetBaselines()
    return true
  }

  dailyBaseline(today: number): DailyBaseline {
    if (this.#daily?.today !== today) {
      this.#baselinesOf = Math.max(this.#baselinesOf, today)
      this.#daily = { today, baseline: dailyBaseline(this.days.history(today, BASELINE_DAYS)) }
    }
    return this.#daily.baseline
  }

  periodBaseline(calendar: Calendar, nowMs: number): PeriodBaseline {
    if (this.#period?.today !== calendar.day(nowMs)) {
      this.#period = periodBaseline(this.days, calendar, nowMs)
      this.#baselinesOf = Math.max(this.#baselinesOf, this.#period.today)
    }
    return this.#period
  }

  /** How many times the usual that day may hold for its place in the month. */
  monthFactor(calendar: Calendar, day: number): number {
    if (this.#monthFactor?.day !== day) {
      this.#baselinesOf = Math.max(this.#baselinesOf, day)
      this.#monthFactor = { day, factor: monthPositionFactor(this.days, calendar, day) }
    }
    return this.#monthFactor.factor
  }

  forgetBaselines(): void {
    this.quiet = undefined
    this.#baselinesOf = BEFORE_ALL_DAYS
    this.#monthFactor = undefined
    this.#daily = undefined
    this.#period = undefined
  }

  driverPanes(): { readonly fiveMinutes: DriverPanes; readonly day: DriverPanes } {
    this.drivers ??= { fiveMinutes: new DriverPanes('five_minutes'), day: new DriverPanes('day') }
    return this.drivers
  }

  #addDrivers(paneStartMs: number, day: number, drivers: readonly Driver[]): void {
    const panes = this.driverPanes()
    const fiveMinutes = Math.floor(paneStartMs / DRIVER_SPANS.five_minutes.paneMs)
    for (const gone of panes.fiveMinutes.advance(fiveMinutes)) this.marks.mark('drivers_five_minutes', gone)
    for (const gone of panes.day.advance(day)) this.marks.mark('drivers_day', gone)
    if (panes.fiveMinutes.add(fiveMinutes, drivers)) this.marks.mark('drivers_five_minutes', fiveMinutes)
    if (panes.day.add(day, drivers)) this.marks.mark('drivers_day', day)
  }
}
