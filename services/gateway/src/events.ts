import { defineEvents, event } from '@meterline/runtime'
import type { Logger, Registry } from '@meterline/runtime'

export type GatewayEvents = ReturnType<typeof gatewayEvents>

interface Taken {
  apiKeyId: string
  accepted: number
  rejected: number
  bytes: number
  durationMs: number
}

const MS_PER_SECOND = 1_000

export function gatewayEvents(shell: { readonly logger: Logger; readonly metrics: Registry }) {
  return defineEvents(shell, {
    eventsTaken: event<Taken>({
      level: 'debug',
      says: 'events taken: acknowledged by all in-sync replicas',
      metrics: [
        counter('accepted_events', 'Events written to usage.events', ({ accepted }) => accepted),
        counter('received_bytes', 'Decompressed bytes of the bodies taken', ({ bytes }) => bytes),
        {
          kind: 'histogram',
          name: 'meterline_gateway_accept_seconds',
          help: 'From the last byte of a body to its acknowledgement',
          value: ({ durationMs }) => durationMs / MS_PER_SECOND,
          buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        },
      ],
    }),
    eventRefused: event<{ apiKeyId: string; code: string }>({
      level: 'trace',
      says: 'event refused; its sender is told why, and it is kept in usage.rejected',
      metrics: [
        {
          kind: 'counter',
          name: 'meterline_gateway_refused_events',
          help: 'Events refused, by reason',
          labelNames: ['reason'],
          labels: ({ code }) => ({ reason: code }),
        },
      ],
    }),
    authorized: event<{ apiKeyId: string; decision: string; code: string; durationMs: number }>({
      level: 'trace',
      says: 'an authorization was answered',
      metrics: [
        {
          kind: 'counter',
          name: 'meterline_gateway_authorizations',
          help: 'Answers to POST /v1/authorizations, by decision and, where it is no allow, by reason',
          labelNames: ['decision', 'reason'],
          labels: ({ decision, code }) => ({ decision, reason: code }),
        },
        {
          kind: 'histogram',
          name: 'meterline_gateway_authorize_seconds',
          help: 'From the body to the decision',
          value: ({ durationMs }) => durationMs / MS_PER_SECOND,
          buckets: [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2],
        },
      ],
    }),
    bodyRefused: event<{ apiKeyId: string; code: string; bytes: number }>({
      level: 'debug',
      says: 'body refused as a whole; its sender is told why',
      metrics: [
        {
          kind: 'counter',
          name: 'meterline_gateway_refused_bodies',
          help: 'Bodies of which nothing could be read, by reason',
          labelNames: ['reason'],
          labels: ({ code }) => ({ reason: code }),
        },
      ],
    }),
    refusedNotKept: event<{ bytes: number }>({
      level: 'warn',
      says: 'more is refused than is kept: these events are counted, answered and not written to usage.rejected',
      metrics: [
        counter('refused_bytes_not_kept', 'Bytes of refused events that were not kept', ({ bytes }) => bytes),
      ],
    }),
    writeFailed: event<{ err: unknown }>({
      level: 'warn',
      says: 'events could not be written; their sender is told to try again',
      metrics: [counter('failed_writes', 'Requests that could not be written in time', () => 1)],
    }),
    requestDefect: event<{ err: unknown }>({
      level: 'error',
      says: 'a request failed for a reason that nobody foresaw',
      metrics: [counter('defects', 'Requests that failed for an unforeseen reason', () => 1)],
    }),
    controlRecordUnreadable: event<{ key: string; offset: number; reason: string }>({
      level: 'error',
      says: 'a record of control.log cannot be read; what it is about stays as it was before',
    }),
    kafkaTrouble: event<{ err: unknown }>({ level: 'debug', says: 'Kafka is away or moving; going on' }),
  })
}

function counter<P>(what: string, help: string, value: (fields: P) => number) {
  return { kind: 'counter' as const, name: `meterline_gateway_${what}`, help, value }
}

export const UNREADABLE_CONTROL_RECORDS = {
  name: 'meterline_gateway_unreadable_control_records',
  help: 'Records of control.log that cannot be read here, by key and offset; their entities stay as they were before',
  labelNames: ['key', 'offset'],
}
