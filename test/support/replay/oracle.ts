import type { UsageEvent } from '@meterline/domain'

import { localDay } from './calendar.ts'
import { REPLAY_KEYS, REPLAY_RATES } from './organization.ts'

/**
 * Credits worked out from the plan alone, in whole micro-credits, sharing no code with the product.
 * A rate is credits per million units, so units × rate is micro-credits; rates here have at most two decimals.
 */
export function creditsMicro(event: UsageEvent): bigint {
  const rates = REPLAY_RATES[event.model_name]
  if (rates === undefined) throw new Error(`the plan uses ${event.model_name}, which has no rate`)
  const cached = event.units['tokens_input_cached'] ?? 0
  const parts: [string, number][] = [
    ['tokens_input', (event.units['tokens_input'] ?? 0) - cached],
    ['tokens_input_cached', cached],
    ['tokens_output', event.units['tokens_output'] ?? 0],
  ]
  const hundredths = parts.reduce(
    (sum, [meter, units]) => sum + BigInt(units) * BigInt(Math.round((rates[meter] ?? 0) * 100)),
    0n,
  )
  return (hundredths + 50n) / 100n
}

const TEAM_OF = new Map(REPLAY_KEYS.map((key) => [key.id, key.team]))
const GROUP_OF = new Map(REPLAY_KEYS.map((key) => [key.id, key.billingGroup]))

export const teamOf = (event: UsageEvent): string => TEAM_OF.get(event.api_key_id) ?? ''
export const billingGroupOf = (event: UsageEvent): string => GROUP_OF.get(event.api_key_id) ?? ''

/** `day|team` to micro-credits. */
export function creditsByDayAndTeam(events: readonly UsageEvent[], offsetMs: number): Map<string, bigint> {
  return sumBy(events, (event) => `${localDay(event.timestamp, offsetMs)}|${teamOf(event)}`)
}

export function sumBy(
  events: readonly UsageEvent[],
  keyOf: (event: UsageEvent) => string,
): Map<string, bigint> {
  const sums = new Map<string, bigint>()
  for (const event of events) sums.set(keyOf(event), (sums.get(keyOf(event)) ?? 0n) + creditsMicro(event))
  return sums
}
