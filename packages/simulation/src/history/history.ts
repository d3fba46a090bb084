import type { UsageEvent } from '@meterline/domain'

import { createRandom } from '../random/random.ts'
import type { Workload } from '../traffic/workload.ts'
import { DAY_MS, dayStartMs, HOUR_MS, monthStartMs } from './calendar.ts'
import { createSpender } from './spend-exactly.ts'
import type { CreditsOf, Span } from './spend-exactly.ts'
import { planHours } from './spend-plan.ts'
import type { GroupPlan, PlannedHour } from './spend-plan.ts'

/** Full days of a daily z-score's baseline (domain.md §5). */
const BASELINE_DAYS = 30
const SETTLE_SPAN_MS = HOUR_MS

export interface HistoryOptions {
  readonly seed: string
  /** The history ends here: the start of the live traffic, milliseconds since the epoch. */
  readonly untilMs: number
  readonly groups: readonly GroupPlan[]
  readonly creditsOf: CreditsOf
  /** Today these keys together stand just under an anomaly: `gapMicro` below mean + 3 deviations of the 30 days before. */
  readonly runaway?: {
    readonly workload: Workload
    readonly keyIds: readonly string[]
    readonly gapMicro: number
  }
}

/** Past traffic, by time, whose sums meet the plan of each group. The same options give the same events. */
export function historyEvents(options: HistoryOptions): readonly UsageEvent[] {
  const { untilMs, groups } = options
  const settleSpan = { startMs: Math.max(dayStartMs(untilMs), untilMs - SETTLE_SPAN_MS), endMs: untilMs }
  const planned = groups.flatMap((group) => groupEvents(group, options, settleSpan))
  const events = [...planned, ...runawayEvents(planned, options, settleSpan)]
  return events.sort((a, b) => a.timestamp - b.timestamp)
}

function groupEvents(group: GroupPlan, options: HistoryOptions, settleSpan: Span): readonly UsageEvent[] {
  const { seed, untilMs, creditsOf } = options
  const thisMonthMs = monthStartMs(untilMs)
  const hours = planHours(group, seed, untilMs)
  return group.workloads.flatMap((workload) => {
    const random = createRandom(`${seed}/history/${workload.keyId}/${workload.endpoint}`)
    const spender = createSpender(workload, random, creditsOf)
    const spendAll = (planned: readonly PlannedHour[]): readonly UsageEvent[] =>
      planned.flatMap(({ targetMicro, ...span }) => spender.spend(targetMicro, span))
    const own = hours.filter((hour) => hour.workload === workload)
    const former = own.filter((hour) => hour.startMs < thisMonthMs)
    // Settled at the turn of the month: what one month did not spend must not count towards the next.
    return [
      ...spendAll(former),
      ...spender.settle({ startMs: thisMonthMs - SETTLE_SPAN_MS, endMs: thisMonthMs }),
      ...spendAll(own.filter((hour) => hour.startMs >= thisMonthMs)),
      ...spender.settle(settleSpan),
    ]
  })
}

function runawayEvents(
  planned: readonly UsageEvent[],
  options: HistoryOptions,
  span: Span,
): readonly UsageEvent[] {
  const { runaway, untilMs, creditsOf, seed } = options
  if (runaway === undefined) return []
  const today = dayStartMs(untilMs)
  const days = Array.from({ length: BASELINE_DAYS + 1 }, () => 0)
  for (const event of planned) {
    const day = (today - dayStartMs(event.timestamp)) / DAY_MS
    if (day <= BASELINE_DAYS && runaway.keyIds.includes(event.api_key_id))
      days[day] = (days[day] ?? 0) + creditsOf(event)
  }
  const [todayMicro = 0, ...before] = days
  const mean = before.reduce((sum, day) => sum + day, 0) / BASELINE_DAYS
  const squares = before.reduce((sum, day) => sum + (day - mean) ** 2, 0)
  const threshold = mean + 3 * Math.sqrt(squares / (BASELINE_DAYS - 1))
  const spender = createSpender(runaway.workload, createRandom(`${seed}/runaway`), creditsOf)
  const budgetMicro = Math.max(0, threshold - runaway.gapMicro - todayMicro)
  return [...spender.spend(budgetMicro, span), ...spender.settle(span)]
}
