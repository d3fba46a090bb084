import { usageEventCodec } from '@meterline/contract'
import {
  isVoid,
  type MeteredUsage,
  type Rating,
  type Rejection,
  rateWith,
  replacementEvent,
  reversalOf,
  type UsageEvent,
} from '@meterline/domain'

import type { MeterItem } from '../meter-item.ts'
import type { RateLine } from '../rating/rate-line.ts'

/** What a correction restates, and cannot change: that would be another call. */
const SAME = ['provider', 'model_name', 'operation_type'] as const

/**
 * The two records of a correction: what stood is taken back, exactly as it was metered; what is stated now is rated at the time
 * of the call, and paid by who paid before.
 */
export function correctUsage(item: MeterItem, line: RateLine): [MeteredUsage, MeteredUsage] | Rejection {
  const { scan, record, standing } = item
  if (standing === undefined) throw new TypeError('a correction comes with what stands')
  const correction = usageEventCodec.decode(scan.bytes.subarray(scan.start, scan.end))
  const changed = SAME.find((field) => correction[field] !== standing[field])
  if (changed !== undefined) return cannotChange(changed, correction, standing)

  const event = replacementEvent(standing, correction)
  const rating = isVoid(correction) ? nothing(line.tier) : rated(event, line)
  if ('reason' in rating) return rating
  const received = { ingested_at: record.timestampMs, source_offset: record.offset }
  const replacement: MeteredUsage = {
    ...standing,
    ...event,
    ...received,
    ...rating,
    requests: isVoid(correction) ? 0 : 1,
    correction: 'replacement',
  }
  return [reversalOf(standing, correction, received), replacement]
}

function rated(event: UsageEvent, line: RateLine): Rating | Rejection {
  const entry = line.entryAt(event.timestamp, event.units['tokens_input'] ?? 0)
  const result = rateWith(entry, event.units, line.tier)
  return result.kind === 'rating' ? result.rating : result.rejection
}

/** Of what is void: no rate was missing. */
function nothing(tier: string): Rating {
  return {
    tier,
    metered_units: {},
    rates: {},
    rate_card_id: '',
    rate_card_version: 0,
    rating: 'rated',
    unrated_meters: [],
    credits_micro: 0,
    cost_usd_micro: 0,
  }
}

function cannotChange(
  field: (typeof SAME)[number],
  correction: UsageEvent,
  standing: MeteredUsage,
): Rejection {
  return {
    reason: 'invalid_field',
    stage: 'rate',
    error: `${field} is ${correction[field]}, but the request that is corrected was ${standing[field]}: void it, and send the call as a request of its own`,
  }
}
