import type { ControlEntities, ControlEntityKind } from '@meterline/domain'
import type { z } from 'zod'

import { entitySchemas } from '../entities/entity-schemas.ts'
import { publicForm } from './public-form.ts'
import type { PublicFormOptions } from './public-form.ts'

/** A kind of entity as the API and the organization file present it. */
export interface Resource<K extends ControlEntityKind = ControlEntityKind> {
  readonly kind: K
  /** Last part of `/v1/<path>`; also what `meterline get` calls it. */
  readonly path: string
  /** Its list in the organization file; `null` where it is no matter of a file. */
  readonly section: string | null
  /** Whether people put and remove it as a whole. The rest comes about by commands of its own. */
  readonly isWritable: boolean
  /** Accepts an entry as people write it. */
  readonly entry: z.ZodObject
  /** The fields of the entity that the entry speaks of. */
  toFields(entry: Readonly<Record<string, unknown>>): Record<string, unknown>
  /** `kept` are the fields that no entry has: proofs of secrets. Throws `ZodError` when they do not make an entity. */
  toEntity(entry: Readonly<Record<string, unknown>>, kept?: object): ControlEntities[K]
  toEntry(entity: ControlEntities[K]): Record<string, unknown>
}

export interface ResourceOptions extends PublicFormOptions {
  readonly path: string
  readonly section?: string
  readonly isWritable?: boolean
}

/** A resource whose entry follows from the entity's schema. */
export function resource<K extends ControlEntityKind>(kind: K, options: ResourceOptions): Resource<K> {
  const { path, section = null, isWritable = true } = options
  const schema: z.ZodType = entitySchemas[kind]
  const form = publicForm(entitySchemas[kind], options)
  return {
    kind,
    path,
    section,
    isWritable,
    entry: form.schema,
    toFields: (entry) => form.toEntity(entry),
    // The schema of a kind parses to the entity of that kind (control-event-json.ts holds it to that).
    toEntity: (entry, kept = {}) => schema.parse({ ...form.toEntity(entry), ...kept }) as ControlEntities[K],
    toEntry: (entity) => form.toEntry(entity),
  }
}
