import {
  createDatumCheck,
  FRAME_BYTES,
  framedSchemaId,
  meteredUsageCodec,
  schemaText,
  TOPICS,
} from '@meterline/contract'
import type { MeteredUsage, RejectionReason } from '@meterline/domain'
import type { LogRecord } from '@meterline/topology'

import { createContainerEncoder } from '../avro/container.ts'
import { readEventMs } from '../avro/read-event-time.ts'
import type { Admission, Source } from '../exactly-once/source.ts'
import { usageTable } from './usage-table.ts'

/** How data under a schema id are read; `createSchemaReader` of packages/contract is one. */
export interface SchemaResolver {
  /** Fetches what is not known yet. Rejects with a retryable error when it cannot be asked for. */
  prepare(schemaIds: Iterable<number>): Promise<void>
  of(schemaId: number): ResolvedSchema
}

type ResolvedSchema =
  /** The writer's layout is `MeteredUsage` as we know it: bytes may be passed on as they are. */
  | { readonly kind: 'same' }
  | { readonly kind: 'resolved'; decode(datum: Buffer): MeteredUsage }
  | { readonly kind: 'unknown' | 'incompatible'; readonly error: string }

/**
 * usage.metered → usage. The bytes of a record are passed on without being decoded: walked over once, wrapped together with
 * their partition and offset, and parsed by ClickHouse. Only a record of another schema version is decoded and encoded anew.
 */
export function usageSource(schemas: SchemaResolver): Source {
  const endsWhereItShould = createDatumCheck(meteredUsageCodec.type)
  // Ids whose layout is ours, once seen: an id means the same schema for ever.
  const same = new Set<number>()

  function admit(record: LogRecord): Admission {
    const { value } = record
    if (value === null) return reject(record, 'tombstone', 'usage.metered holds no deletions')
    const schemaId = framedSchemaId(value)
    if (schemaId === undefined)
      return reject(record, 'undecodable', 'the value does not begin with a schema id')
    return same.has(schemaId) ? row(record, value, FRAME_BYTES) : admitOther(record, value, schemaId)
  }

  function admitOther(record: LogRecord, value: Buffer, schemaId: number): Admission {
    const schema = schemas.of(schemaId)
    switch (schema.kind) {
      case 'same':
        same.add(schemaId)
        return row(record, value, FRAME_BYTES)
      case 'resolved':
        try {
          return row(record, meteredUsageCodec.encode(schema.decode(value.subarray(FRAME_BYTES))), 0)
        } catch (error) {
          return reject(record, 'undecodable', error instanceof Error ? error.message : String(error))
        }
      case 'unknown':
      case 'incompatible':
        return reject(record, 'unknown_schema_id', schema.error)
    }
  }

  function row(record: LogRecord, datum: Buffer, start: number): Admission {
    if (!endsWhereItShould(datum, start)) {
      return reject(record, 'undecodable', 'the value is not exactly one MeteredUsage')
    }
    const eventMs = readEventMs(datum, start)
    if (eventMs === undefined) return reject(record, 'unstorable', 'timestamp is not between 1970 and 2100')
    return { record, eventMs, datum, start }
  }

  return {
    topic: TOPICS.usageMetered.name,
    table: usageTable,
    unstorable: 'reject',
    admit,
    prepare: async (records) => {
      const unseen = new Set<number>()
      for (const { value } of records) {
        const schemaId = value === null ? undefined : framedSchemaId(value)
        if (schemaId !== undefined && !same.has(schemaId)) unseen.add(schemaId)
      }
      if (unseen.size > 0) await schemas.prepare(unseen)
    },
    encode: createContainerEncoder(schemaText('metered-usage.avsc')),
  }
}

function reject(record: LogRecord, reason: RejectionReason, error: string): Admission {
  return { record, rejection: { reason, stage: 'sink', error } }
}
