import { applicableEntry, RateBook, rateWith, DEFAULT_RATE_CARD, STANDARD_TIER } from '@meterline/domain'
import type { CardEntry, UsageEvent } from '@meterline/domain'
import { monthStartMs } from '@meterline/simulation'
import type { CreditsOf, HistoryOptions } from '@meterline/simulation'

import { DEMO_WORKLOADS, RUNAWAY_KEY_IDS, RUNAWAY_WORKLOAD } from './demo-workloads.ts'

export const DEMO_SEED = 'meterline'

const MICRO = 1_000_000
/** Monthly credits of the sample organization's billing groups. */
const LIMITS = { payments: 500_000, support: 300_000, research: 200_000 } as const
/** Live traffic of the payments group spends this within half a minute. */
const THRESHOLD_GAP_CREDITS = 6
const RUNAWAY_GAP_CREDITS = 3
/** Spending may stand so far above an even pace and still be believed. */
const MAX_AHEAD_OF_PACE = 1.6

/** The weeks before now, so that a fresh start has something to show: a budget about to cross a threshold, a day about to stand out. */
export function demoHistory(untilMs: number, creditsOf: CreditsOf = createCreditsOf()): HistoryOptions {
  const pace = paceOfMonth(untilMs)
  return {
    seed: DEMO_SEED,
    untilMs,
    creditsOf,
    groups: [
      {
        workloads: DEMO_WORKLOADS.payments,
        previousMonthMicro: 0.95 * LIMITS.payments * MICRO,
        monthToDateMicro: paymentsToDate(pace),
      },
      {
        workloads: DEMO_WORKLOADS.support,
        previousMonthMicro: 0.6 * LIMITS.support * MICRO,
        monthToDateMicro: 0.64 * pace * LIMITS.support * MICRO,
      },
      {
        workloads: DEMO_WORKLOADS.research,
        previousMonthMicro: 0.55 * LIMITS.research * MICRO,
        monthToDateMicro: 0.58 * pace * LIMITS.research * MICRO,
      },
    ],
    runaway: {
      workload: RUNAWAY_WORKLOAD,
      keyIds: RUNAWAY_KEY_IDS,
      gapMicro: RUNAWAY_GAP_CREDITS * MICRO,
    },
  }
}

/** Just under the highest threshold that the time of the month allows; early in a month simply on pace. */
function paymentsToDate(pace: number): number {
  const threshold = [0.9, 0.7].find((share) => share / pace <= MAX_AHEAD_OF_PACE)
  return threshold === undefined
    ? pace * LIMITS.payments * MICRO
    : (threshold * LIMITS.payments - THRESHOLD_GAP_CREDITS) * MICRO
}

function paceOfMonth(timeMs: number): number {
  const startMs = monthStartMs(timeMs)
  const nextMs = monthStartMs(startMs + 32 * 86_400_000)
  return (timeMs - startMs) / (nextMs - startMs)
}

/** What the shipped card says, with the look-up kept per model. */
export function createCreditsOf(): CreditsOf {
  const book = new RateBook([DEFAULT_RATE_CARD])
  const known = new Map<string, readonly CardEntry[]>()
  return (event: UsageEvent) => {
    const name = `${event.provider}/${event.model_name}`
    const candidates =
      known.get(name) ??
      book.candidates({ provider: event.provider, model: event.model_name, tier: STANDARD_TIER })
    known.set(name, candidates)
    const contextTokens = event.units['tokens_input'] ?? 0
    const entry = applicableEntry(candidates, event.timestamp, contextTokens)
    const rated = rateWith(entry, event.units, STANDARD_TIER)
    if (rated.kind === 'rejection' || rated.rating.rating === 'unrated') {
      throw new Error(`the shipped rate card does not know ${name}: the demo must not show unrated usage`)
    }
    return rated.rating.credits_micro
  }
}
