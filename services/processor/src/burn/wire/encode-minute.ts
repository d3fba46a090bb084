import { encodeBurnChange, frame } from '@meterline/contract'
import type { BurnChange } from '@meterline/domain'

import type { DatumWriter } from './datum-writer.ts'

const KIND_MINUTE = 2
const HOUR = 0
const DAY = 1
/** Beside the seconds: their longs are three each. */
const FIXED_LONGS = 32
const NUMBERS_PER_SECOND = 3
const MAX_SECONDS = 60
const SECONDS_PER_MINUTE = 60

interface PaneSum {
  readonly pane: number
  readonly credits_micro: number
  readonly requests: number
}

/** A minute as it stands, with the hour and the day that it is part of. */
export interface MinuteChange extends PaneSum {
  readonly scope: BurnChange['scope']
  /** Three numbers each: the second since the epoch, its micro-credits, its requests. */
  readonly seconds: readonly number[]
  readonly hour: PaneSum
  readonly day: PaneSum
}

/** The framed record of a minute, the one that nearly every delta leaves behind: what the codec writes, byte for byte. */
export function encodeMinute(writer: DatumWriter, schemaId: number, change: MinuteChange): Buffer {
  const { scope, seconds } = change
  if (seconds.length > MAX_SECONDS * NUMBERS_PER_SECOND) return encodedSlowly(schemaId, change)
  writer.begin(schemaId, { longs: FIXED_LONGS + seconds.length, textLength: scope.length })
  writer.small(KIND_MINUTE)
  writer.text(scope)
  paneSum(writer, change)
  if (seconds.length > 0) {
    const first = change.pane * SECONDS_PER_MINUTE
    writer.small(seconds.length / NUMBERS_PER_SECOND)
    for (let at = 0; at < seconds.length; at += NUMBERS_PER_SECOND) {
      writer.small((seconds[at] ?? 0) - first)
      writer.long(seconds[at + 1] ?? 0)
      writer.long(seconds[at + 2] ?? 0)
    }
  }
  writer.small(0)
  writer.small(2)
  writer.small(HOUR)
  paneSum(writer, change.hour)
  writer.small(DAY)
  paneSum(writer, change.day)
  // The end of what is above, no drivers, no numbers, no name, no text.
  for (let field = 0; field < 5; field++) writer.small(0)
  return writer.end() ?? encodedSlowly(schemaId, change)
}

function paneSum(writer: DatumWriter, { pane, credits_micro, requests }: PaneSum): void {
  writer.long(pane)
  writer.long(credits_micro)
  writer.long(requests)
}

function encodedSlowly(schemaId: number, change: MinuteChange): Buffer {
  const { scope, pane, credits_micro, requests } = change
  const above = [
    { level: 'hour' as const, ...change.hour },
    { level: 'day' as const, ...change.day },
  ]
  const seconds = secondsOf(change)
  return frame(
    schemaId,
    encodeBurnChange({ kind: 'minute', scope, pane, credits_micro, requests, seconds, above }),
  )
}

function secondsOf({ pane, seconds }: MinuteChange): BurnChange['seconds'] {
  return Array.from({ length: seconds.length / NUMBERS_PER_SECOND }, (_, index) => {
    const [second = 0, credits_micro = 0, requests = 0] = seconds.slice(index * NUMBERS_PER_SECOND)
    return { second: second - pane * SECONDS_PER_MINUTE, credits_micro, requests }
  })
}
