import { encodeSpendRecord, frame } from '@meterline/contract'
import type { BudgetPolicy } from '@meterline/domain'
import type { OutputBatch, OutputMessage } from '@meterline/topology'

/** One tick per second: the resolution of burn's windows. */
const TICK_INTERVAL_MS = 1_000

/** The budgets as folded from control.log up to and including `offset`; -1 before anything was read. */
export interface PolicySource {
  readonly offset: number
  readonly policy: () => BudgetPolicy
}

export interface PulseMoment {
  readonly nowMs: number
  /** Partitions of spend.delta that this process works on. */
  readonly held: Iterable<number>
  readonly source: PolicySource
  /** Up to where of a partition the usage behind it is metered, where that is known. */
  readonly meteredOffset?: (partition: number) => number | undefined
}

/**
 * What the shell appends to the held partitions of spend.delta: the passing of time, and the budgets whenever they differ from
 * those appended there last. Burn takes a policy offset once, so appending it again after a failure or a take-over is harmless.
 */
export class PulseRecords {
  readonly #schemaId: number
  readonly #topic: string
  readonly #forwarded = new Map<number, string>()
  #tickedMs = -Infinity
  #policyJson = ''
  #policyOffset = -1

  /** `schemaId`: of the schema of `topic`, which is spend.delta. */
  constructor(options: { readonly schemaId: number; readonly topic: string }) {
    this.#schemaId = options.schemaId
    this.#topic = options.topic
  }

  /** The records due now, the policy before the tick. */
  due({ nowMs, held, source, meteredOffset }: PulseMoment): OutputBatch[] {
    const partitions = [...held]
    for (const partition of this.#forwarded.keys()) {
      if (!partitions.includes(partition)) this.#forwarded.delete(partition)
    }
    if (source.offset > this.#policyOffset) {
      this.#policyJson = JSON.stringify(source.policy())
      this.#policyOffset = source.offset
    }
    const isTickDue = nowMs - this.#tickedMs >= TICK_INTERVAL_MS
    if (isTickDue) this.#tickedMs = nowMs
    return partitions.flatMap((partition) => {
      const messages = [
        ...(this.#isPolicyDue(partition) ? [this.#policy(nowMs)] : []),
        ...(isTickDue ? [this.#tick(nowMs, meteredOffset?.(partition))] : []),
      ]
      if (messages.length === 0) return []
      if (this.#policyOffset >= 0) this.#forwarded.set(partition, this.#policyJson)
      return [{ topic: this.#topic, partition, messages }]
    })
  }

  /** The last records may not have arrived: policies are due again. */
  failed(): void {
    this.#forwarded.clear()
  }

  #isPolicyDue(partition: number): boolean {
    return this.#policyOffset >= 0 && this.#forwarded.get(partition) !== this.#policyJson
  }

  #tick(nowMs: number, metered_offset: number | undefined): OutputMessage {
    const metered = metered_offset === undefined ? {} : { metered_offset }
    return this.#message({ kind: 'tick', pane_start: nowMs, ...metered })
  }

  #policy(nowMs: number): OutputMessage {
    return this.#message({
      kind: 'policy',
      pane_start: nowMs,
      policy: this.#policyJson,
      policy_offset: this.#policyOffset,
    })
  }

  #message(record: Parameters<typeof encodeSpendRecord>[0]): OutputMessage {
    return {
      key: null,
      value: frame(this.#schemaId, encodeSpendRecord(record)),
      timestampMs: record.pane_start,
    }
  }
}
