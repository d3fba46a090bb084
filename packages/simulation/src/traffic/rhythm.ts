const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** Share of a weekday's busiest hour, by hour of the day in UTC: an office in Europe with customers in America. */
const HOURS = [
  0.28, 0.22, 0.18, 0.16, 0.18, 0.26, 0.42, 0.62, 0.82, 0.94, 0.98, 0.94, 0.9, 0.96, 1, 0.98, 0.92, 0.84,
  0.74, 0.66, 0.58, 0.5, 0.42, 0.34,
] as const
const WEEKEND = 0.45

/** How busy the time is, 0 to 1: hour of the day and day of the week, without steps between the hours. */
export function rhythmAt(timeMs: number): number {
  const hours = (((timeMs % DAY_MS) + DAY_MS) % DAY_MS) / HOUR_MS
  const hour = Math.floor(hours)
  const from = HOURS[hour] ?? 0
  const to = HOURS[(hour + 1) % HOURS.length] ?? 0
  const weekday = new Date(timeMs).getUTCDay()
  return (from + (to - from) * (hours - hour)) * (weekday === 0 || weekday === 6 ? WEEKEND : 1)
}
