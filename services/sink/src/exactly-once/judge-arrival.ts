import { eventMonth } from './event-month.ts'

/** What a look into the table says about a range that may or may not have arrived. */
export type Arrival =
  | { readonly kind: 'complete' }
  /** These months have not arrived, the others have. */
  | { readonly kind: 'missing'; readonly months: ReadonlySet<number> }
  /** Part of a month, or more than was ever sent: no interrupted insert leaves that. */
  | {
      readonly kind: 'contradiction'
      readonly month: number
      readonly expected: number
      readonly arrived: number
    }

/** A month's rows are one part of the table, stored as a whole or not at all: so each month is complete, or absent. */
export function judgeArrival(
  expected: ReadonlyMap<number, number>,
  arrived: ReadonlyMap<number, number>,
): Arrival {
  for (const [month, rows] of arrived) {
    const wanted = expected.get(month) ?? 0
    if (rows !== wanted && rows !== 0)
      return { kind: 'contradiction', month, expected: wanted, arrived: rows }
  }
  const months = new Set([...expected.keys()].filter((month) => (arrived.get(month) ?? 0) === 0))
  return months.size === 0 ? { kind: 'complete' } : { kind: 'missing', months }
}

export function rowsByMonth(rows: readonly { readonly eventMs: number }[]): Map<number, number> {
  const months = new Map<number, number>()
  for (const { eventMs } of rows) {
    const month = eventMonth(eventMs)
    months.set(month, (months.get(month) ?? 0) + 1)
  }
  return months
}
