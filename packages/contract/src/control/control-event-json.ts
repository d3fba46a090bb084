import type { ControlEntityKind, ControlEvent } from '@meterline/domain'
import { z } from 'zod'

import { entitySchemas as entities } from './entities/entity-schemas.ts'
import { id } from './entities/entity-fields.ts'

const head = { schema: z.literal(1), command_id: id, at_ms: z.int(), actor: z.string(), id }

const eventOf = <K extends ControlEntityKind>(kind: K) =>
  z.discriminatedUnion('type', [
    z.strictObject({ ...head, kind: z.literal(kind), type: z.literal('put'), data: entities[kind] }),
    z.strictObject({ ...head, kind: z.literal(kind), type: z.literal('removed') }),
  ])

const schemas: ReadonlyMap<string, z.ZodType> = new Map(
  (Object.keys(entities) as ControlEntityKind[]).map((kind) => [kind, eventOf(kind)]),
)

const anyKind = z.looseObject({ kind: z.string() })

export function encodeControlEvent(event: ControlEvent): Buffer {
  return Buffer.from(JSON.stringify(event))
}

/**
 * `undefined` for a kind that this version does not know: a newer one wrote it, and nothing here depends on it.
 * Throws `SyntaxError` for bytes that are no JSON, `ZodError` for a known kind of another shape or schema version.
 */
export function decodeControlEvent(value: Buffer): ControlEvent | undefined {
  const json: unknown = JSON.parse(value.toString('utf8'))
  return schemas.get(anyKind.parse(json).kind)?.parse(json) as ControlEvent | undefined
}

/** Kafka key of the record: `kind:id`. */
export function controlEventKey({ kind, id }: Pick<ControlEvent, 'kind' | 'id'>): string {
  return `${kind}:${id}`
}
