import { encodeBurnChange, frame } from '@meterline/contract'
import type { BurnChange } from '@meterline/domain'

import type { DatumWriter } from './datum-writer.ts'

const KINDS = { detector: 7, detector_hour: 10 } as const
/** Beside the numbers. */
const FIXED_LONGS = 12

export type NumbersChange = Pick<BurnChange, 'scope' | 'pane' | 'name' | 'numbers'> & {
  readonly kind: keyof typeof KINDS
}

/** The framed record of numbers, of which each pane that closes leaves one in every watched scope: what the codec writes, byte for byte. */
export function encodeNumbers(writer: DatumWriter, schemaId: number, change: NumbersChange): Buffer {
  const { kind, scope, pane, name, numbers } = change
  writer.begin(schemaId, {
    longs: FIXED_LONGS + numbers.length,
    textLength: scope.length + name.length,
  })
  writer.small(KINDS[kind])
  writer.text(scope)
  writer.long(pane)
  // No credits, no requests, no seconds, nothing above, no drivers.
  for (let field = 0; field < 5; field++) writer.small(0)
  if (numbers.length > 0) {
    writer.long(numbers.length)
    for (let index = 0; index < numbers.length; index++) writer.double(numbers[index] ?? 0)
  }
  writer.small(0)
  writer.text(name)
  // No text.
  writer.small(0)
  return writer.end() ?? frame(schemaId, encodeBurnChange(change))
}
