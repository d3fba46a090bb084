import type { LeaseAnswer, MeteredUsage, SpendState, UsageEvent } from '@meterline/domain'
import avro from 'avsc'
import { readFileSync } from 'node:fs'

import { datumDecoder } from './datum-decoder.ts'
import { datumEncoder } from './datum-encoder.ts'
import { DecimalMicros } from './decimal-micros.ts'

const SCHEMA_DIR = new URL('../../../../schemas/', import.meta.url)

/** A schema file of `schemas/`, as text: what is registered is what stands in the repository. */
export function schemaText(file: string): string {
  return readFileSync(new URL(file, SCHEMA_DIR), 'utf8')
}

/** Avro type whose values are our domain's: times are milliseconds, decimals are millionths, unions are plain. */
export function avroType(schema: string | avro.Schema): avro.Type {
  const parsed = typeof schema === 'string' ? (JSON.parse(schema) as avro.Schema) : schema
  return avro.Type.forSchema(parsed, {
    wrapUnions: 'never',
    logicalTypes: { decimal: DecimalMicros },
  } as never)
}

/** An Avro type together with the domain type of its values. */
export interface AvroCodec<T> {
  readonly type: avro.Type
  encode(value: T): Buffer
  /** Throws when the bytes are not exactly one datum, whatever they are, in time bounded by their length. */
  decode(datum: Buffer): T
}

export function avroCodec<T>(file: string): AvroCodec<T> {
  const type = avroType(schemaText(file))
  return {
    type,
    encode: datumEncoder(type),
    decode: datumDecoder<T>(type),
  }
}

export const usageEventCodec = avroCodec<UsageEvent>('usage-event.avsc')
export const meteredUsageCodec = avroCodec<MeteredUsage>('metered-usage.avsc')
export const spendStateCodec = spendStates()

/** A compacted topic holds states of a scope that is quiet for as long as it is: those of the first version are read too. */
function spendStates(): AvroCodec<SpendState> {
  const codec = avroCodec<SpendState>('spend-state.avsc')
  const first = avroCodec<Omit<SpendState, 'closed_months_micro'>>('released/spend-state/1.avsc')
  // No datum is one of both versions: the second one is the first and something more.
  const firstVersion = (datum: Buffer, error: unknown) => {
    try {
      return first.decode(datum)
    } catch {
      throw error
    }
  }
  return {
    ...codec,
    decode(datum) {
      try {
        return codec.decode(datum)
      } catch (error) {
        return { ...firstVersion(datum, error), closed_months_micro: {} }
      }
    },
  }
}
export const spendLeaseCodec = avroCodec<LeaseAnswer>('spend-lease.avsc')
