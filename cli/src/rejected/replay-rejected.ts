import type { Clickhouse } from '@meterline/clickhouse'
import type { SchemaReader } from '@meterline/contract'
import type { UsageEvent } from '@meterline/domain'

import { countedRequests } from './counted-requests.ts'
import { judgeReplay, requestIdentity } from './judge-replay.ts'
import { readRejected } from './read-rejected.ts'
import { eachRejected } from './rejected-rows.ts'
import type { RejectedFilter, RejectedRow } from './rejected-rows.ts'

export interface Resend {
  readonly row: RejectedRow
  readonly event: UsageEvent
}

/** The ways back in. Each resolves when everything was acknowledged; the gateway also says what it refuses again. */
export interface ReplayWays {
  sendRecords(resends: readonly Resend[]): Promise<void>
  sendRequests(resends: readonly Resend[]): Promise<{ readonly refused: readonly string[] }>
}

export interface ReplayTally {
  /** Bytes as received, to `usage.events`. */
  records: number
  /** Through the gateway, and taken by it. */
  requests: number
  readonly skipped: Map<string, number>
}

/** At most so many requests are remembered as sent within one run. */
export const MAX_REPLAYED = 1_000_000

/**
 * Sends again what was rejected and is not counted. Without `ways` it only tells what it would do.
 *
 * Run twice, it counts nothing twice: what stands in `usage` is skipped, and what is on its way there meets its twin in meter.
 */
export async function replayRejected(options: {
  readonly clickhouse: Clickhouse
  readonly schemas: SchemaReader<UsageEvent>
  readonly filter: RejectedFilter & { readonly untilMs: number }
  readonly limit: number
  readonly ways: ReplayWays | undefined
}): Promise<ReplayTally> {
  const { clickhouse, schemas, filter, limit, ways } = options
  const tally: ReplayTally = { records: 0, requests: 0, skipped: new Map() }
  const sent = new Set<string>()
  const skip = (why: string): void => void tally.skipped.set(why, (tally.skipped.get(why) ?? 0) + 1)

  for await (const page of eachRejected(clickhouse, filter)) {
    const judged = await Promise.all(
      page.map(async (row) => ({ row, judgement: judgeReplay(row, await readRejected(row, schemas)) })),
    )
    const candidates = judged.flatMap(({ judgement }) => (judgement.kind === 'skip' ? [] : [judgement.event]))
    const counted = await countedRequests(clickhouse, candidates)
    const records: Resend[] = []
    const requests: Resend[] = []
    for (const { row, judgement } of judged) {
      if (judgement.kind === 'skip') {
        skip(judgement.why)
        continue
      }
      const { event } = judgement
      const identity = requestIdentity(event)
      if (counted.has(identity)) skip('it is counted already')
      else if (sent.has(identity)) skip('it is among these once before')
      else if (sent.size >= limit) skip('it is beyond --limit')
      else {
        sent.add(identity)
        const way = judgement.kind === 'record' ? records : requests
        way.push({ row, event })
      }
    }
    const refused = requests.length > 0 ? ((await ways?.sendRequests(requests))?.refused ?? []) : []
    for (const why of refused) skip(`the gateway refuses it again: ${why}`)
    if (records.length > 0) await ways?.sendRecords(records)
    tally.records += records.length
    tally.requests += requests.length - refused.length
  }
  return tally
}
