import { frame, partitionForKey } from '@meterline/contract'
import { partitionKeyOf, type UsageEvent } from '@meterline/domain'
import type { Random } from '@meterline/simulation'
import type { OutputMessage } from '@meterline/topology'

import { framedEvent, usageEvent } from '../../../../services/processor/src/meter/meter.test-data.ts'
import { POISON_ENDPOINT } from '../clickhouse/sim-store.ts'
import { START_MS, USAGE_PARTITIONS } from './settings.ts'

/** What producers write at once, and what becomes of it. */
export interface FeedItem {
  readonly atMs: number
  readonly partition: number
  readonly messages: readonly OutputMessage[]
  /** Written in a transaction that ends so much later, so that committed readers have to wait for it. */
  readonly transaction: { readonly outcome: 'commit' | 'abort'; readonly endsAfterMs: number } | undefined
}

const DAY_MS = 86_400_000
const MIN_EVENTS = 12
const MORE_EVENTS = 30
const MAX_BATCH = 4
const DAYS_BACK = 70
/** The share of them. */
const CORRECTIONS = 0.2
const KNOWN_KEYS = ['key_registry', 'key_support'] as const

/** Usage events and corrections, some sent again, some late by months, some that nobody can read, rate or store. */
export function drawFeed(random: Random, spanMs: number): FeedItem[] {
  const count = MIN_EVENTS + random.below(MORE_EVENTS)
  const sent: UsageEvent[] = []
  const items: FeedItem[] = []
  while (sent.length < count) {
    const events = Array.from({ length: 1 + random.below(MAX_BATCH) }, () => {
      const again = sent[random.below(sent.length * 4)]
      const event = again ?? drawCorrection(random, sent) ?? drawEvent(random, sent.length)
      if (again === undefined) sent.push(event)
      return event
    })
    const atMs = random.below(spanMs)
    for (const [partition, group] of Map.groupBy(events, partitionOf)) {
      items.push({
        atMs,
        partition,
        messages: group.map((event) => message(random, event, atMs)),
        transaction: drawTransaction(random),
      })
    }
  }
  return items.sort((a, b) => a.atMs - b.atMs)
}

const partitionOf = (event: UsageEvent): number => partitionForKey(partitionKeyOf(event), USAGE_PARTITIONS)

function drawEvent(random: Random, id: number): UsageEvent {
  const isLate = random.next() < 0.2
  return usageEvent({
    request_id: `r${id}`,
    timestamp: START_MS - (isLate ? random.below(DAYS_BACK) * DAY_MS : random.below(5_000)),
    api_key_id: random.next() < 0.05 ? 'stranger' : (KNOWN_KEYS[random.below(2)] ?? ''),
    units: { tokens_output: 10_000 + random.below(490_000) },
    user_id: null,
    customer_id: null,
    endpoint: random.next() < 0.04 ? POISON_ENDPOINT : null,
    prompt_version: null,
    product: null,
  })
}

/** Of a request that was sent, or is about to be: batches are written in any order. Now and then by a key that it is not of. */
function drawCorrection(random: Random, sent: readonly UsageEvent[]): UsageEvent | undefined {
  if (random.next() >= CORRECTIONS) return undefined
  const of = sent.filter(({ corrects }) => corrects === null)
  const original = of[random.below(of.length)]
  if (original === undefined) return undefined
  return {
    ...original,
    request_id: `c${sent.length}`,
    corrects: original.request_id,
    api_key_id: random.next() < 0.1 ? (KNOWN_KEYS[random.below(2)] ?? '') : original.api_key_id,
    units: random.next() < 0.3 ? {} : { tokens_output: 10_000 + random.below(490_000) },
  }
}

function message(random: Random, event: UsageEvent, atMs: number): OutputMessage {
  const value = framedEvent(event)
  const isDamaged = random.next() < 0.04
  return {
    key: partitionKeyOf(event),
    value: isDamaged ? frame(1, value.subarray(5, 5 + random.below(value.length - 5))) : value,
    timestampMs: START_MS + atMs,
  }
}

function drawTransaction(random: Random): FeedItem['transaction'] {
  if (random.next() < 0.7) return undefined
  return { outcome: random.next() < 0.5 ? 'abort' : 'commit', endsAfterMs: random.below(1_500) }
}
