/** Every topic as data: the one place that provisioning, services and documentation read. */
export interface TopicDefinition {
  readonly name: string
  readonly partitions: number
  readonly key: string
  readonly value: 'avro' | 'cloudevents-json' | 'json' | 'as-received'
  /** File in `schemas/`, registered under `<topic>-value`. */
  readonly schema?: string
  readonly cleanup: 'delete' | 'compact' | 'compact,delete' | 'keep'
  readonly retentionMs?: number
  readonly maxMessageBytes?: number
  readonly writtenBy: readonly string[]
  readonly readBy: readonly string[]
}

const DAY_MS = 86_400_000

export const DEFAULT_USAGE_PARTITIONS = 8
export const DEFAULT_SPEND_PARTITIONS = 4

/** Larger than any record that the gateway writes: a rejected request body is kept whole. */
export const MAX_RECORD_BYTES = 6 * 1024 * 1024

export const TOPICS = {
  usageEvents: {
    name: 'usage.events',
    partitions: DEFAULT_USAGE_PARTITIONS,
    key: 'request_id',
    value: 'avro',
    schema: 'usage-event.avsc',
    cleanup: 'delete',
    retentionMs: 7 * DAY_MS,
    maxMessageBytes: MAX_RECORD_BYTES,
    writtenBy: ['gateway', 'producers'],
    readBy: ['meter'],
  },
  usageMetered: {
    name: 'usage.metered',
    partitions: DEFAULT_USAGE_PARTITIONS,
    key: 'request_id',
    value: 'avro',
    schema: 'metered-usage.avsc',
    cleanup: 'delete',
    retentionMs: 30 * DAY_MS,
    maxMessageBytes: MAX_RECORD_BYTES,
    writtenBy: ['meter'],
    readBy: ['meter', 'sink', 'anyone'],
  },
  usageRejected: {
    name: 'usage.rejected',
    partitions: DEFAULT_USAGE_PARTITIONS,
    key: 'as received',
    value: 'as-received',
    cleanup: 'delete',
    retentionMs: 30 * DAY_MS,
    // Headers and a larger envelope come on top of a record of the largest size.
    maxMessageBytes: MAX_RECORD_BYTES + 64 * 1024,
    // Several transactions at once: not for a stock kafkajs consumer (schemas/README.md).
    writtenBy: ['gateway', 'meter', 'sink'],
    readBy: ['sink', 'replay'],
  },
  meterChangelog: {
    name: 'meter.changelog',
    // Task p of meter alone reads and writes partition p, as it does with usage.metered.
    partitions: DEFAULT_USAGE_PARTITIONS,
    key: 'api_key_id and request_id of what was corrected',
    value: 'avro',
    schema: 'metered-usage.avsc',
    cleanup: 'compact,delete',
    // As long as what it speaks of can be read: what stands for a request must not be forgotten before the request is.
    retentionMs: 31 * DAY_MS,
    maxMessageBytes: MAX_RECORD_BYTES,
    writtenBy: ['meter'],
    readBy: ['meter'],
  },
  spendDelta: {
    name: 'spend.delta',
    partitions: DEFAULT_SPEND_PARTITIONS,
    key: 'scope',
    value: 'avro',
    schema: 'spend-delta.avsc',
    cleanup: 'delete',
    retentionMs: 2 * DAY_MS,
    writtenBy: ['meter', 'burn', 'gateway'],
    readBy: ['burn'],
  },
  spendAlert: {
    name: 'spend.alert',
    partitions: DEFAULT_SPEND_PARTITIONS,
    key: 'scope',
    value: 'cloudevents-json',
    schema: 'spend-alert.schema.json',
    cleanup: 'delete',
    retentionMs: 30 * DAY_MS,
    writtenBy: ['burn'],
    readBy: ['control', 'notifier', 'sink', 'anyone'],
  },
  spendLease: {
    name: 'spend.lease',
    partitions: DEFAULT_SPEND_PARTITIONS,
    key: 'scope',
    value: 'avro',
    schema: 'spend-lease.avsc',
    cleanup: 'delete',
    // An answer that is older than a lease lasts says nothing to anybody.
    retentionMs: 3_600_000,
    writtenBy: ['burn'],
    readBy: ['gateway'],
  },
  spendRelease: {
    name: 'spend.release',
    partitions: 1,
    key: 'gateway that holds the reservation, or that tells of itself',
    value: 'json',
    cleanup: 'delete',
    // No reservation lasts longer.
    retentionMs: 3_600_000,
    writtenBy: ['gateway'],
    readBy: ['gateway'],
  },
  spendState: {
    name: 'spend.state',
    partitions: DEFAULT_SPEND_PARTITIONS,
    key: 'scope',
    value: 'avro',
    schema: 'spend-state.avsc',
    cleanup: 'compact',
    writtenBy: ['burn'],
    readBy: ['gateway', 'api', 'cli'],
  },
  burnChangelog: {
    name: 'burn.changelog',
    partitions: DEFAULT_SPEND_PARTITIONS,
    key: 'scope and pane',
    value: 'avro',
    schema: 'burn-changelog.avsc',
    cleanup: 'compact',
    writtenBy: ['burn'],
    readBy: ['burn'],
  },
  controlLog: {
    name: 'control.log',
    partitions: 1,
    key: 'kind:id',
    value: 'json',
    cleanup: 'keep',
    writtenBy: ['control'],
    readBy: ['control', 'gateway', 'meter', 'burn', 'sink', 'notifier', 'cli'],
  },
  notificationState: {
    name: 'notification.state',
    // Whoever holds the one partition is the notifier at work.
    partitions: 1,
    key: 'kind:id',
    value: 'json',
    cleanup: 'compact',
    writtenBy: ['notifier'],
    readBy: ['notifier'],
  },
  registryLog: {
    name: 'registry.log',
    partitions: 1,
    key: 'subject and version',
    value: 'json',
    cleanup: 'compact',
    writtenBy: ['registry'],
    readBy: ['registry'],
  },
} as const satisfies Record<string, TopicDefinition>
