import type { UsageEvent } from '@meterline/domain'
import type { Random } from '@meterline/simulation'

const FLAWS = ['negative_units', 'unknown_field', 'no_model', 'year_3000'] as const
export type Flaw = (typeof FLAWS)[number]

/** What is sent: an event, or one that is broken on purpose. */
export type Outgoing =
  | { readonly kind: 'event'; readonly event: UsageEvent; readonly role: 'first' | 'late' | 'duplicate' }
  | { readonly kind: 'malformed'; readonly event: UsageEvent; readonly flaw: Flaw }

/** Shares of the trace, 0 to 1. */
export interface Disturbance {
  readonly duplicates: number
  readonly late: number
  readonly malformed: number
}

const HOUR_MS = 3_600_000
const MAX_LATE_HOURS = 6
/** A duplicate follows its twin within so many events. */
const MAX_DUPLICATE_DISTANCE = 500

/** Makes a trace as untidy as life: retries, late arrivals, broken records beside the good ones. */
export function createDisturber({ duplicates, late, malformed }: Disturbance, random: Random) {
  const waiting: { readonly at: number; readonly item: Outgoing }[] = []
  let sent = 0

  return {
    next(event: UsageEvent): readonly Outgoing[] {
      sent += 1
      const isLate = random.next() < late
      const delayMs = isLate ? HOUR_MS * (1 + random.below(MAX_LATE_HOURS)) : 0
      const actual = { ...event, timestamp: event.timestamp - delayMs }
      const items: Outgoing[] = [{ kind: 'event', event: actual, role: isLate ? 'late' : 'first' }]
      if (random.next() < malformed) items.push(broken(event, sent, random))
      if (random.next() < duplicates) {
        const item = { kind: 'event', event: actual, role: 'duplicate' } as const
        waiting.push({ at: sent + random.below(MAX_DUPLICATE_DISTANCE), item })
        waiting.sort((a, b) => a.at - b.at)
      }
      while (waiting[0] !== undefined && waiting[0].at <= sent) {
        const due = waiting.shift()
        if (due !== undefined) items.push(due.item)
      }
      return items
    },
    /** The duplicates still to come. */
    rest: (): readonly Outgoing[] => waiting.splice(0).map(({ item }) => item),
  }
}

function broken(event: UsageEvent, index: number, random: Random): Outgoing {
  const flaw = FLAWS[random.below(FLAWS.length)] ?? 'negative_units'
  return { kind: 'malformed', event: { ...event, request_id: `${event.request_id}_broken_${index}` }, flaw }
}
