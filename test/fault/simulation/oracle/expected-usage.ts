import { FRAME_BYTES, TOPICS, usageEventCodec } from '@meterline/contract'
import type { UsageEvent } from '@meterline/domain'
import type { LogRecord } from '@meterline/topology'

import { POISON_ENDPOINT } from '../clickhouse/sim-store.ts'

/** What must come out, by the input log alone. */
export interface ExpectedUsage {
  /** By `request_id`, which no two keys share here. */
  readonly metered: ReadonlyMap<string, ExpectedEvent>
  /** `topic/partition/offset` of what nobody can meter. */
  readonly rejected: readonly string[]
  /** Micro-credits and requests by scope. */
  readonly spend: ReadonlyMap<string, Amounts>
}

interface Amounts {
  readonly creditsMicro: number
  readonly requests: number
}

export interface ExpectedEvent {
  readonly partition: number
  readonly isStorable: boolean
  /** One record of an event; of a correction what is taken back, and what stands. */
  readonly records: readonly Amounts[]
}

/** Of the one model of the feed: 200,000,000 micro-credits for a million tokens. */
const MICRO_PER_TOKEN = 200

/** The organization of the feed, written down a second time on purpose. */
const PATHS: Readonly<Record<string, readonly string[]>> = {
  key_registry: ['project:auth-service', 'team:payments', 'allocation:acme-payments'],
  key_support: ['project:helpdesk', 'team:support'],
}
const ABOVE = ['org:acme', 'billing_group:product', 'department:engineering', 'model:gpt-5-mini']

export function expectedUsage(input: readonly LogRecord[]): ExpectedUsage {
  const metered = new Map<string, ExpectedEvent>()
  const rejected: string[] = []
  const spend = new Map<string, Amounts>()
  const standing = new Map<string, { readonly amounts: Amounts; readonly original: UsageEvent }>()
  for (const record of input) {
    const event = readEvent(record)
    const target = `${event?.api_key_id} ${event?.corrects ?? event?.request_id}`
    const before = standing.get(target)
    const path = PATHS[event?.api_key_id ?? '']
    if (event !== undefined && metered.has(event.request_id)) continue
    if (event === undefined || path === undefined || (event.corrects !== null && before === undefined)) {
      rejected.push(`${TOPICS.usageEvents.name}/${record.partition}/${record.offset}`)
      continue
    }
    const original = before?.original ?? event
    const amounts = amountsOf(event)
    const records = before === undefined ? [amounts] : [takenBack(before.amounts), amounts]
    const isStorable = original.endpoint !== POISON_ENDPOINT
    metered.set(event.request_id, { partition: record.partition, records, isStorable })
    standing.set(target, { amounts, original })
    const endpoints = original.endpoint === null ? [] : [`endpoint:${original.endpoint}`]
    for (const scope of [...ABOVE, `api_key:${event.api_key_id}`, ...path, ...endpoints]) {
      for (const amount of records) spend.set(scope, plus(spend.get(scope), amount))
    }
  }
  return { metered, rejected, spend }
}

function amountsOf({ units, corrects }: UsageEvent): Amounts {
  const isVoid = corrects !== null && Object.keys(units).length === 0
  return { creditsMicro: (units['tokens_output'] ?? 0) * MICRO_PER_TOKEN, requests: isVoid ? 0 : 1 }
}

function takenBack({ creditsMicro, requests }: Amounts): Amounts {
  return { creditsMicro: 0 - creditsMicro, requests: 0 - requests }
}

function plus(a: Amounts | undefined, b: Amounts): Amounts {
  return {
    creditsMicro: (a?.creditsMicro ?? 0) + b.creditsMicro,
    requests: (a?.requests ?? 0) + b.requests,
  }
}

function readEvent({ value }: LogRecord): UsageEvent | undefined {
  try {
    return value === null ? undefined : usageEventCodec.decode(value.subarray(FRAME_BYTES))
  } catch {
    return undefined
  }
}
