import { encodeBurnChange, frame } from '@meterline/contract'
import type { BurnChange } from '@meterline/domain'

import type { DatumWriter } from './datum-writer.ts'

const KIND_MINUTE = 2
const HOUR = 0
const DAY = 1
/** Beside the seconds: their longs are three each. */
const FIXED_LONGS = 32
const MAX_SECONDS = 60

export type MinuteChange = Pick<
  BurnChange,
  'scope' | 'pane' | 'credits_micro' | 'requests' | 'seconds' | 'above'
>

/** The framed record of a minute, the one that nearly every delta leaves behind: what the codec writes, byte for byte. */
export function encodeMinute(writer: DatumWriter, schemaId: number, change: MinuteChange): Buffer {
  const { scope, seconds, above } = change
  if (seconds.length > MAX_SECONDS) return encodedSlowly(schemaId, change)
  writer.begin(schemaId, { longs: FIXED_LONGS + 3 * seconds.length, textLength: scope.length })
  writer.small(KIND_MINUTE)
  writer.text(scope)
  writer.long(change.pane)
  writer.long(change.credits_micro)
  writer.long(change.requests)
  if (seconds.length > 0) {
    writer.small(seconds.length)
    for (const { second, credits_micro, requests } of seconds) {
      writer.small(second)
      writer.long(credits_micro)
      writer.long(requests)
    }
  }
  writer.small(0)
  if (above.length > 0) {
    writer.small(above.length)
    for (const { level, pane, credits_micro, requests } of above) {
      writer.small(level === 'hour' ? HOUR : DAY)
      writer.long(pane)
      writer.long(credits_micro)
      writer.long(requests)
    }
  }
  // The end of what is above, no drivers, no numbers, no name, no text.
  for (let field = 0; field < 5; field++) writer.small(0)
  return writer.end() ?? encodedSlowly(schemaId, change)
}

function encodedSlowly(schemaId: number, change: MinuteChange): Buffer {
  return frame(schemaId, encodeBurnChange({ kind: 'minute', ...change }))
}
