import type { UsageEvent } from '@meterline/domain'

import type { Malformed } from '../../../support/replay/malformed.ts'

/** What was sent, and what was acknowledged: the suite's own memory, which no fault touches. */
export interface Ledger {
  /** Valid events by request_id. */
  readonly events: ReadonlyMap<string, UsageEvent>
  /** Acknowledged at least once, over HTTP (202) or Kafka (all in-sync replicas). */
  readonly acknowledged: ReadonlySet<string>
  /** Acknowledged records, repetitions included. */
  readonly acknowledgements: number
  /** Malformed ones that the gateway answered for with 400, by request_id. */
  readonly refused: ReadonlyMap<string, string>
  /** Malformed ones that Kafka took, by request_id. */
  readonly malformed: ReadonlyMap<string, string>
  /** Answers other than 202 and 400, by status; `-` for none at all. */
  readonly unanswered: ReadonlyMap<string, number>
  /** Answers 429 and 503 without Retry-After. */
  readonly withoutRetryAfter: number
}

export class TrafficLedger implements Ledger {
  readonly events = new Map<string, UsageEvent>()
  readonly acknowledged = new Set<string>()
  readonly refused = new Map<string, string>()
  readonly malformed = new Map<string, string>()
  readonly unanswered = new Map<string, number>()
  acknowledgements = 0
  withoutRetryAfter = 0

  planned(event: UsageEvent): void {
    this.events.set(event.request_id, event)
  }

  acknowledge(events: readonly UsageEvent[]): void {
    for (const { request_id } of events) this.acknowledged.add(request_id)
    this.acknowledgements += events.length
  }

  malformedTaken(bad: Malformed, requestId: string): void {
    const of = bad.channel === 'http' ? this.refused : this.malformed
    of.set(requestId, bad.reason)
    this.acknowledgements += 1
  }

  notTaken(status: number | undefined, retryAfter: string | null): void {
    const name = status === undefined ? '-' : String(status)
    this.unanswered.set(name, (this.unanswered.get(name) ?? 0) + 1)
    if ((status === 429 || status === 503) && retryAfter === null) this.withoutRetryAfter += 1
  }
}
