import type { Outgoing } from '../replay/disturb.ts'

export interface RefusedEvent {
  readonly request_id: string | null
  readonly code: string
  readonly message: string
}

/** What became of a batch: how many were taken, and which were refused and why. */
export interface DeliveryReport {
  readonly accepted: number
  readonly refused: readonly RefusedEvent[]
}

/** A way into Meterline: the gateway over HTTP, or `usage.events` itself. */
export interface Delivery {
  readonly name: 'http' | 'kafka'
  /** Resolves when the whole batch was answered for. Items of one batch may belong to several keys. */
  send(batch: readonly Outgoing[]): Promise<DeliveryReport>
  close(): Promise<void>
}

export const EMPTY_REPORT: DeliveryReport = { accepted: 0, refused: [] }

export function mergeReports(reports: readonly DeliveryReport[]): DeliveryReport {
  return {
    accepted: reports.reduce((sum, { accepted }) => sum + accepted, 0),
    refused: reports.flatMap(({ refused }) => refused),
  }
}
