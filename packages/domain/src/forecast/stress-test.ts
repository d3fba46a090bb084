import { daysToExhaustion } from './exhaustion.ts'

/** How long a stress lasts. */
const STRESS_DAYS = 2

interface StressLimit {
  readonly name: string
  /** Micro-credits of the period, spent ones included. */
  readonly limitMicro: number
}

export interface StressResult {
  readonly factor: number
  /** Spent by the end of the days given, with the stress in their first 48 hours. */
  readonly totalMicro: number
  readonly extraMicro: number
  /** When each limit is reached, in days from now: without and with the stress; `null` when it holds. */
  readonly limits: readonly {
    readonly name: string
    readonly usuallyInDays: number | null
    readonly stressedInDays: number | null
  }[]
}

/** What `factor` times the expected spend for 48 hours from now does to the period's limits. */
export function stressTest(input: {
  readonly spentMicro: number
  readonly dailyMicro: readonly number[]
  readonly factor: number
  readonly limits: readonly StressLimit[]
}): StressResult {
  const { spentMicro, dailyMicro, factor, limits } = input
  const stressed = dailyMicro.map((micro, day) => (day < STRESS_DAYS ? Math.round(micro * factor) : micro))
  const sum = (days: readonly number[]): number => days.reduce((total, day) => total + day, 0)
  return {
    factor,
    totalMicro: spentMicro + sum(stressed),
    extraMicro: sum(stressed) - sum(dailyMicro),
    limits: limits.map(({ name, limitMicro }) => ({
      name,
      usuallyInDays: daysToExhaustion(limitMicro - spentMicro, dailyMicro),
      stressedInDays: daysToExhaustion(limitMicro - spentMicro, stressed),
    })),
  }
}
