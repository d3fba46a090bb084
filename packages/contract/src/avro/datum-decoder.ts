import type { Type } from 'avsc'

import { createDatumCheck } from './check-datum.ts'

/** Throws when the bytes are not exactly one datum. */
export type DatumDecoder<T> = (datum: Buffer) => T

/**
 * Decodes data of the writer's type as values of `type` (its own data when no writer is named). The only way in which bytes from
 * outside become values: walked over first, since avsc itself may not come back from damaged ones.
 * Throws when the bytes are not exactly one datum; building it throws when the types do not fit, or the writer's has no bound.
 */
export function datumDecoder<T>(type: Type, writer: Type = type): DatumDecoder<T> {
  const isWhole = createDatumCheck(writer)
  const resolver = writer === type ? undefined : type.createResolver(writer)
  return (datum) => {
    if (!isWhole(datum, 0)) throw new RangeError('the bytes are not exactly one datum of their schema')
    return type.fromBuffer(datum, resolver) as T
  }
}
