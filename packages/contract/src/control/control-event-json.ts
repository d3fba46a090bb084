import type { ControlEntityKind, ControlEvent } from '@meterline/domain'
import { z } from 'zod'

import { asItIs } from './as-it-is.ts'
import type { AsItIs } from './as-it-is.ts'
import { entitySchemas as entities } from './entities/entity-schemas.ts'
import { id } from './entities/entity-fields.ts'

const head = { schema: z.literal(1), command_id: id, at_ms: z.int(), actor: z.string(), id }

const eventOf = <K extends ControlEntityKind>(kind: K) =>
  z.discriminatedUnion('type', [
    z.strictObject({ ...head, kind: z.literal(kind), type: z.literal('put'), data: entities[kind] }),
    z.strictObject({ ...head, kind: z.literal(kind), type: z.literal('removed') }),
  ])

interface KindCheck {
  readonly schema: z.ZodType
  readonly dataAsItIs: AsItIs
}

const kinds: ReadonlyMap<string, KindCheck> = new Map(
  (Object.keys(entities) as ControlEntityKind[]).map((kind) => [
    kind,
    { schema: eventOf(kind), dataAsItIs: asItIs(entities[kind]) },
  ]),
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
  const { kind } = hasKind(json) ? json : anyKind.parse(json)
  const check = kinds.get(kind)
  if (check === undefined) return undefined
  return (isAsItIs(json, check) ? json : check.schema.parse(json)) as ControlEvent
}

function hasKind(json: unknown): json is { readonly kind: string } {
  return typeof json === 'object' && json !== null && 'kind' in json && typeof json.kind === 'string'
}

const PUT_FIELDS = 8
const REMOVED_FIELDS = 7

/** A log is a million records, and most of a start was their check: what is beyond doubt does not go through the schema. */
function isAsItIs(json: unknown, { dataAsItIs }: KindCheck): boolean {
  const { schema, command_id, at_ms, actor, id: entity, type, data } = json as Record<string, unknown>
  let count = 0
  for (const _ in json as object) count += 1
  return (
    schema === 1 &&
    typeof command_id === 'string' &&
    command_id !== '' &&
    Number.isSafeInteger(at_ms) &&
    typeof actor === 'string' &&
    typeof entity === 'string' &&
    entity !== '' &&
    (type === 'put'
      ? count === PUT_FIELDS && dataAsItIs(data)
      : type === 'removed' && count === REMOVED_FIELDS && data === undefined)
  )
}

/** Kafka key of the record: `kind:id`. */
export function controlEventKey({ kind, id }: Pick<ControlEvent, 'kind' | 'id'>): string {
  return `${kind}:${id}`
}
