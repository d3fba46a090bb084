import type { LogWriter } from '@meterline/kafka'

import type { PolicySource } from './pulse-records.ts'
import { PulseRecords } from './pulse-records.ts'

/** How soon a change of the budgets is noticed. */
const LOOK_INTERVAL_MS = 200
const SEND_TIMEOUT_MS = 5_000

export interface PulseOptions {
  /** Idempotent, not transactional: a tick must not wait for a commit of meter. */
  readonly writer: LogWriter
  /** Id of the schema of spend.delta. */
  readonly schemaId: number
  /** spend.delta. */
  readonly topic: string
  /** Partitions of spend.delta that burn holds in this process, now. */
  readonly heldPartitions: () => Iterable<number>
  readonly policySource: () => PolicySource
  readonly meteredOffset: (partition: number) => number | undefined
  /** The time that burn is told. */
  readonly nowMs: () => number
  /** A send failed. Nothing is lost: time is told again a second later, and the budgets with it. */
  readonly onTrouble: (error: unknown) => void
}

export interface Pulse {
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>
}

/** Tells burn the time, once a second, and the budgets when they change, through the log that burn reads. */
export function startPulse(options: PulseOptions): Pulse {
  const { writer, heldPartitions, policySource, meteredOffset, nowMs, onTrouble } = options
  const records = new PulseRecords(options)
  let sending: Promise<void> | undefined

  const beat = async (): Promise<void> => {
    try {
      // In one turn: whatever is known to be metered by then was written before this reading of the clock.
      const batches = records.due({
        nowMs: nowMs(),
        held: heldPartitions(),
        source: policySource(),
        meteredOffset,
      })
      if (batches.length > 0) await writer.send(batches, { timeoutMs: SEND_TIMEOUT_MS })
    } catch (error) {
      records.failed()
      onTrouble(error)
    }
  }
  const timer = setInterval(() => {
    // One at a time: while the brokers are away, ticks do not pile up.
    sending ??= beat().finally(() => {
      sending = undefined
    })
  }, LOOK_INTERVAL_MS)

  return {
    async stop() {
      clearInterval(timer)
      await sending
    },
  }
}
