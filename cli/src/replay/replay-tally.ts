import type { DeliveryReport, RefusedEvent } from '../send/delivery.ts'
import type { Outgoing } from './disturb.ts'

const MAX_SAMPLES = 5

export interface ReplaySummary {
  readonly trace: string
  readonly run_id: string
  readonly via: 'http' | 'kafka'
  readonly rows_sent: number
  readonly duplicates_sent: number
  readonly late_sent: number
  readonly malformed_sent: number
  readonly accepted: number
  readonly refused: Readonly<Record<string, number>>
  readonly skipped_rows: number
  /** The first few, word for word. */
  readonly samples: readonly string[]
  readonly elapsed_ms: number
  readonly events_per_second: number
}

/** Counts what a replay sent and what became of it. */
export function createReplayTally() {
  const counts = { first: 0, late: 0, duplicate: 0, malformed: 0 }
  const refused = new Map<string, number>()
  const samples: string[] = []
  let accepted = 0
  let skippedRows = 0
  const sentCount = (): number => counts.first + counts.late + counts.duplicate + counts.malformed
  const sample = (text: string): void => {
    if (samples.length < MAX_SAMPLES) samples.push(text)
  }
  const refuse = ({ code, message, request_id }: RefusedEvent): void => {
    refused.set(code, (refused.get(code) ?? 0) + 1)
    sample(`${request_id ?? 'no request_id'}: ${message}`)
  }
  return {
    sentCount,
    sent: (item: Outgoing): void => void (counts[item.kind === 'event' ? item.role : 'malformed'] += 1),
    skipped: (problem: string): void => {
      skippedRows += 1
      sample(problem)
    },
    answered: (report: DeliveryReport): void => {
      accepted += report.accepted
      for (const event of report.refused) refuse(event)
    },
    summary: (run: {
      readonly via: 'http' | 'kafka'
      readonly trace: string
      readonly runId: string
      readonly elapsedMs: number
    }): ReplaySummary => ({
      trace: run.trace,
      run_id: run.runId,
      via: run.via,
      rows_sent: counts.first + counts.late,
      duplicates_sent: counts.duplicate,
      late_sent: counts.late,
      malformed_sent: counts.malformed,
      accepted,
      refused: Object.fromEntries(refused),
      skipped_rows: skippedRows,
      samples,
      elapsed_ms: Math.round(run.elapsedMs),
      events_per_second: Math.round(sentCount() / Math.max(0.001, run.elapsedMs / 1_000)),
    }),
  }
}
