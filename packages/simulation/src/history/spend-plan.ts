import { createRandom } from '../random/random.ts'
import { rhythmAt } from '../traffic/rhythm.ts'
import type { Workload } from '../traffic/workload.ts'
import { dayStartMs, HOUR_MS, historyStartMs, monthStartMs } from './calendar.ts'

/** What a billing group is to have spent: its previous month as a whole, and the present month up to now. Micro-credits. */
export interface GroupPlan {
  readonly workloads: readonly Workload[]
  readonly previousMonthMicro: number
  readonly monthToDateMicro: number
}

export interface PlannedHour {
  readonly workload: Workload
  readonly startMs: number
  readonly endMs: number
  readonly targetMicro: number
}

/** The hours of a group's workloads from the start of the history to `untilMs`, in time order, with what each is to spend. */
export function planHours(plan: GroupPlan, seed: string, untilMs: number): readonly PlannedHour[] {
  const hours = weighedHours(plan.workloads, seed, untilMs)
  const thisMonthMs = monthStartMs(untilMs)
  const previousMonthMs = monthStartMs(thisMonthMs - 1)
  const sum = (fromMs: number, toMs: number): number =>
    hours.reduce(
      (total, { startMs, weight }) => total + (startMs >= fromMs && startMs < toMs ? weight : 0),
      0,
    )
  const previousScale = plan.previousMonthMicro / sum(previousMonthMs, thisMonthMs)
  const presentScale = plan.monthToDateMicro / Math.max(Number.MIN_VALUE, sum(thisMonthMs, untilMs))
  return hours.map(({ weight, ...hour }) => ({
    ...hour,
    targetMicro: weight * (hour.startMs < thisMonthMs ? previousScale : presentScale),
  }))
}

function weighedHours(workloads: readonly Workload[], seed: string, untilMs: number) {
  const hours: (Omit<PlannedHour, 'targetMicro'> & { readonly weight: number })[] = []
  for (let startMs = historyStartMs(untilMs); startMs < untilMs; startMs += HOUR_MS) {
    const endMs = Math.min(startMs + HOUR_MS, untilMs)
    const busy = (rhythmAt((startMs + endMs) / 2) * (endMs - startMs)) / HOUR_MS
    for (const workload of workloads) {
      const weight = workload.historyWeight * busy * dayFactor(seed, workload, startMs)
      hours.push({ workload, startMs, endMs, weight })
    }
  }
  return hours
}

/** Days differ by some percent, each for its own reasons. */
function dayFactor(seed: string, { keyId, endpoint }: Workload, timeMs: number): number {
  return createRandom(`${seed}/${keyId}/${endpoint}/${dayStartMs(timeMs)}`).logNormal(1, 0.08)
}
