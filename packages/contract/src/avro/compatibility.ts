import avro from 'avsc'

import { DecimalMicros } from './decimal-micros.ts'

export const COMPATIBILITY_LEVELS = [
  'NONE',
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
] as const
export type CompatibilityLevel = (typeof COMPATIBILITY_LEVELS)[number]

/**
 * Why `candidate` may not follow `earlier` (oldest first) at this level; empty when it may. Schemas are JSON text.
 * BACKWARD: the new schema reads what the old one wrote. TRANSITIVE: what any earlier one wrote.
 */
export function compatibilityProblems(
  candidate: string,
  earlier: readonly string[],
  level: CompatibilityLevel,
): string[] {
  if (level === 'NONE') return []
  const against = level.endsWith('_TRANSITIVE') ? earlier : earlier.slice(-1)
  const backward = level.startsWith('BACKWARD') || level.startsWith('FULL')
  const forward = level.startsWith('FORWARD') || level.startsWith('FULL')
  return against.flatMap((other) => [
    ...(backward ? readingProblems({ reader: candidate, writer: other }) : []),
    ...(forward ? readingProblems({ reader: other, writer: candidate }) : []),
  ])
}

/** Why data of the writer's schema cannot be read with the reader's; empty when it can. Throws when either is no Avro schema. */
export function readingProblems(schemas: { readonly reader: string; readonly writer: string }): string[] {
  const reader = strictType(schemas.reader)
  const writer = strictType(schemas.writer)
  try {
    reader.createResolver(writer)
    return []
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

/** Parsed for checking only. Throws `TypeError` with the parser's sentence when the text is no Avro schema. */
export function strictType(schema: string): avro.Type {
  try {
    return avro.Type.forSchema(JSON.parse(schema) as avro.Schema, {
      logicalTypes: {
        decimal: DecimalMicros,
        date: SameUnit,
        'time-millis': SameUnit,
        'time-micros': SameUnit,
        'timestamp-millis': SameUnit,
        'timestamp-micros': SameUnit,
        'timestamp-nanos': SameUnit,
        'local-timestamp-millis': SameUnit,
        'local-timestamp-micros': SameUnit,
      },
    })
  } catch (error) {
    throw new TypeError(`not an Avro schema: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

/** Avro lets microseconds be read as milliseconds: the same long. A thousandfold error is no compatibility. */
class SameUnit extends avro.types.LogicalType {
  protected override _fromValue(value: unknown): unknown {
    return value
  }
  protected override _toValue(value: unknown): unknown {
    return value
  }
  protected override _resolve(writer: avro.Type): ((value: unknown) => unknown) | undefined {
    const readable = writer.typeName === this.typeName || avro.Type.isType(writer, 'int', 'long')
    return readable ? (value) => value : undefined
  }
}
