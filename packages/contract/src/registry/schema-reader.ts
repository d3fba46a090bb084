import type { Type } from 'avsc'

import { readingProblems } from '../avro/compatibility.ts'
import { datumDecoder, type DatumDecoder } from '../avro/datum-decoder.ts'
import { layoutIdentity } from '../avro/schema-identity.ts'
import { avroType } from '../avro/types.ts'
import { RegistryError } from './errors.ts'
import type { RegistryClient } from './registry-client.ts'

const DEFAULT_MAX_SCHEMAS = 1_000
/** Registries count in 32 bits with a sign: what is larger is nobody's, and some answer it with an error of another kind. */
const MAX_SCHEMA_ID = 0x7fff_ffff
/** An id that nobody knew may be registered later: it is asked for again after this long. */
const UNKNOWN_RETRY_MS = 10_000

/** How data under one schema id is read as `T`. */
export type WriterSchema<T> =
  /** The writer's layout is the reader's own: bytes may be passed on as they are. */
  | { readonly kind: 'same'; decode(datum: Buffer): T }
  /** Resolved field by field. */
  | { readonly kind: 'resolved'; decode(datum: Buffer): T }
  | { readonly kind: 'unknown'; readonly error: string }
  | { readonly kind: 'incompatible'; readonly error: string }

/**
 * Resolves writers' schemas to ours by schema id. `prepare` does the I/O, so that `of` can stand in a pure step:
 * `await reader.prepare(idsOfBatch)`, then `reader.of(id)` for each record. Bounded; an evicted id is fetched again.
 */
export interface SchemaReader<T> {
  /**
   * An id that the registry does not know is no error. Rejects with a retryable `RegistryError` for any other answer than a schema:
   * records must not be refused for what is wrong with the registry, or with what stands before it.
   */
  prepare(schemaIds: Iterable<number>): Promise<void>
  /** Throws when the id was not in the last `prepare`. `decode` throws when the bytes are not exactly one datum. */
  of(schemaId: number): WriterSchema<T>
}

export function createSchemaReader<T>(options: {
  readonly registry: RegistryClient
  /** Our own schema, as text: values come out in its shape. */
  readonly schema: string
  readonly maxSchemas?: number
  readonly nowMs?: () => number
}): SchemaReader<T> {
  const { registry, schema, maxSchemas = DEFAULT_MAX_SCHEMAS, nowMs = () => performance.now() } = options
  const type = avroType(schema)
  const reader = { schema, type, layout: layoutIdentity(schema), decode: datumDecoder<T>(type) }
  const writers = new Map<number, { readonly writer: WriterSchema<T>; readonly retryAtMs: number }>()

  async function load(id: number): Promise<void> {
    const writer = await writerSchema<T>(registry, id, reader)
    const retryAtMs = writer.kind === 'unknown' ? nowMs() + UNKNOWN_RETRY_MS : Infinity
    writers.set(id, { writer, retryAtMs })
  }
  return {
    async prepare(schemaIds) {
      const wanted = new Set(schemaIds)
      for (const id of wanted) {
        const known = writers.get(id)
        if (known === undefined || known.retryAtMs <= nowMs()) await load(id)
      }
      // Never what this very batch needs, however many ids somebody made up for it.
      for (const id of writers.keys()) {
        if (writers.size <= maxSchemas) break
        if (!wanted.has(id)) writers.delete(id)
      }
    },
    of(schemaId) {
      const known = writers.get(schemaId)
      if (known === undefined) throw new Error(`schema id ${schemaId} was not prepared`)
      return known.writer
    },
  }
}

async function writerSchema<T>(
  registry: RegistryClient,
  id: number,
  reader: {
    readonly schema: string
    readonly type: Type
    readonly layout: string
    readonly decode: DatumDecoder<T>
  },
): Promise<WriterSchema<T>> {
  if (id > MAX_SCHEMA_ID) return { kind: 'unknown', error: `no schema can have the id ${id}` }
  const text = await registry.schemaById(id).catch((error: unknown) => {
    if (!(error instanceof RegistryError)) throw error
    if (error.code === 'schema_not_found') return error
    throw new RegistryError('registry_unreachable', `nobody says what schema ${id} is: ${error.message}`, {
      cause: error,
    })
  })
  if (text instanceof RegistryError) return { kind: 'unknown', error: text.message }
  try {
    if (layoutIdentity(text) === reader.layout) {
      return { kind: 'same', decode: reader.decode }
    }
    const [problem] = readingProblems({ reader: reader.schema, writer: text })
    if (problem !== undefined) return { kind: 'incompatible', error: `schema id ${id}: ${problem}` }
    return { kind: 'resolved', decode: datumDecoder<T>(reader.type, avroType(text)) }
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    return { kind: 'incompatible', error: `schema id ${id}: ${said}` }
  }
}
