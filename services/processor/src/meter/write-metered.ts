import type { OutputMessage } from '@meterline/topology'

import type { AttributedLane } from './attribution/lane.ts'
import type { MeterItem } from './meter-item.ts'
import type { RatedUnits } from './rating/rated-units.ts'
import type { Slab } from '../wire/slab.ts'
import { MAX_LONG_BYTES, writeLong } from '../wire/varint.ts'

/** ingested_at, source_offset, credits_micro, cost_usd_micro; requests and correction are a byte each. */
const LONGS_BYTES = 4 * MAX_LONG_BYTES + 2
/** `requests` of 1, and the first of `CORRECTION_ROLES`. */
const ONE_REQUEST = 2
const NO_CORRECTION = 0

interface MeteredMessage extends OutputMessage {
  readonly value: Buffer
}

/**
 * The metered record: the event's own bytes, then what meter has to say. `MeteredUsage` begins with the fields of `UsageEvent`,
 * and Avro writes a record as its fields one after another, so nothing is decoded or encoded twice.
 */
export function meteredMessage(
  item: MeterItem,
  lane: AttributedLane,
  rated: RatedUnits,
  into: { readonly slab: Slab; readonly frame: Buffer },
): MeteredMessage {
  const { record, scan } = item
  const { slab, frame } = into
  const { encoded, amounts } = rated
  const attribution = lane.encodedAttribution
  const eventBytes = scan.end - scan.start
  slab.reserve(frame.length + eventBytes + attribution.length + encoded.bytes.length + LONGS_BYTES)

  const { bytes } = slab
  let at = slab.position
  frame.copy(bytes, at)
  at += frame.length
  scan.bytes.copy(bytes, at, scan.start, scan.end)
  at += eventBytes
  at = writeLong(bytes, at, record.timestampMs)
  at = writeLong(bytes, at, record.offset)
  attribution.copy(bytes, at)
  at += attribution.length
  encoded.bytes.copy(bytes, at)
  const { amountPositions } = encoded
  for (let amount = 0; amount < amountPositions.length; amount++) {
    bytes.writeDoubleLE(amounts[amount]!, at + amountPositions[amount]!)
  }
  at += encoded.bytes.length
  at = writeLong(bytes, at, rated.creditsMicro)
  at = writeLong(bytes, at, rated.usdMicro)
  bytes[at++] = ONE_REQUEST
  bytes[at++] = NO_CORRECTION
  return { key: requestKey(item), value: slab.take(at), timestampMs: record.timestampMs }
}

/** The request_id: the key the record came with, as a rule. */
function requestKey({ record, scan }: MeterItem): Buffer {
  const { key } = record
  const { bytes, requestIdStart, requestIdEnd } = scan
  if (key !== null && key.length === requestIdEnd - requestIdStart) {
    let at = 0
    while (at < key.length && key[at] === bytes[requestIdStart + at]) at++
    if (at === key.length) return key
  }
  return bytes.subarray(requestIdStart, requestIdEnd)
}
