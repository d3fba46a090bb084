import { FRAME_BYTES, TOPICS, usageEventCodec } from '@meterline/contract'
import type { UsageEvent } from '@meterline/domain'
import type { LogRecord } from '@meterline/topology'

import { POISON_ENDPOINT } from '../clickhouse/sim-store.ts'

/** What must come out, by the input log alone. */
export interface ExpectedUsage {
  /** By `request_id`, which no two keys share here. */
  readonly metered: ReadonlyMap<string, ExpectedRecord>
  /** `topic/partition/offset` of what nobody can meter. */
  readonly rejected: readonly string[]
  /** Micro-credits and requests by scope. */
  readonly spend: ReadonlyMap<string, { readonly creditsMicro: number; readonly requests: number }>
}

export interface ExpectedRecord {
  readonly partition: number
  readonly creditsMicro: number
  readonly isStorable: boolean
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
  const metered = new Map<string, ExpectedRecord>()
  const rejected: string[] = []
  const spend = new Map<string, { creditsMicro: number; requests: number }>()
  for (const record of input) {
    const event = readEvent(record)
    const path = PATHS[event?.api_key_id ?? '']
    if (event === undefined || path === undefined) {
      rejected.push(`${TOPICS.usageEvents.name}/${record.partition}/${record.offset}`)
      continue
    }
    if (metered.has(event.request_id)) continue
    const creditsMicro = (event.units['tokens_output'] ?? 0) * MICRO_PER_TOKEN
    const isStorable = event.endpoint !== POISON_ENDPOINT
    metered.set(event.request_id, { partition: record.partition, creditsMicro, isStorable })
    const endpoints = event.endpoint === null ? [] : [`endpoint:${event.endpoint}`]
    for (const scope of [...ABOVE, `api_key:${event.api_key_id}`, ...path, ...endpoints]) {
      const sum = spend.get(scope) ?? { creditsMicro: 0, requests: 0 }
      spend.set(scope, { creditsMicro: sum.creditsMicro + creditsMicro, requests: sum.requests + 1 })
    }
  }
  return { metered, rejected, spend }
}

function readEvent({ value }: LogRecord): UsageEvent | undefined {
  try {
    return value === null ? undefined : usageEventCodec.decode(value.subarray(FRAME_BYTES))
  } catch {
    return undefined
  }
}
