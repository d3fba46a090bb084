import { normal, seededRandom } from '../spend/random.ts'

export interface DailyProfile {
  readonly name: string
  /** Share of a busy day, Monday first. */
  readonly week: readonly number[]
  /** Growth a day, of the logarithm. */
  readonly growth: number
  /** Standard deviation of the logarithm, day by day; nine tenths of it are gone after a week. */
  readonly noise: number
  /** Days at which the level changes for good, and to what multiple. */
  readonly shifts: Readonly<Record<number, number>>
  readonly monthEnd: number
}

const OFFICE = [1, 1.05, 1.05, 1, 0.9, 0.1, 0.08]
const CUSTOMERS = [1, 1, 1, 1.05, 1.1, 0.75, 0.65]
const EVERY_DAY = [1, 1, 1, 1, 1, 1, 1]

export const DAILY_PROFILES: readonly DailyProfile[] = [
  { name: 'office, steady', week: OFFICE, growth: 0, noise: 0.15, shifts: {}, monthEnd: 1 },
  { name: 'office, growing', week: OFFICE, growth: 0.004, noise: 0.15, shifts: {}, monthEnd: 1 },
  { name: 'customers, growing', week: CUSTOMERS, growth: 0.003, noise: 0.12, shifts: {}, monthEnd: 1 },
  {
    name: 'customers, level shift',
    week: CUSTOMERS,
    growth: 0,
    noise: 0.12,
    shifts: { 90: 1.6 },
    monthEnd: 1,
  },
  { name: 'customers, month end', week: CUSTOMERS, growth: 0.001, noise: 0.12, shifts: {}, monthEnd: 1.8 },
  { name: 'jobs, no week, rough', week: EVERY_DAY, growth: 0, noise: 0.4, shifts: {}, monthEnd: 1 },
]

const BUSY_DAY_MICRO = 5_000_000_000
const DAYS_PER_MONTH = 30
const PERSISTENCE = 0.72

export function dailySeries(profile: DailyProfile, seed: number, days: number): number[] {
  const random = seededRandom(seed)
  let [noise, level] = [0, 1]
  return Array.from({ length: days }, (_, day) => {
    noise = PERSISTENCE * noise + Math.sqrt(1 - PERSISTENCE ** 2) * profile.noise * normal(random)
    level *= profile.shifts[day] ?? 1
    const week = profile.week[day % 7] ?? 1
    const month = day % DAYS_PER_MONTH === DAYS_PER_MONTH - 1 ? profile.monthEnd : 1
    return Math.round(BUSY_DAY_MICRO * level * week * month * Math.exp(noise + profile.growth * day))
  })
}
