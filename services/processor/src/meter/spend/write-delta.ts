import { FRAME_BYTES } from '@meterline/contract'
import type { OutputMessage } from '@meterline/topology'

import type { Slab } from '../../wire/slab.ts'
import { MAX_LONG_BYTES, writeLong } from '../../wire/varint.ts'
import type { DriverSum } from './driver-sums.ts'
import type { Pane } from './pane.ts'

const KIND_DELTA = 0
const NO_DRIVERS: readonly (readonly DriverSum[])[] = []
const DOUBLE_BYTES = 8
/** Three longs, two block ends, policy and policy_offset, metered_offset and lease. */
const FIXED_BYTES = FRAME_BYTES + 12 * MAX_LONG_BYTES

/** Encodes a pane as a framed `delta` record; what `encodeSpendRecord` writes, byte for byte. */
export function deltaMessage(pane: Pane, slab: Slab, frame: Buffer): OutputMessage {
  const drivers = pane.drivers?.top() ?? NO_DRIVERS
  slab.reserve(sizeBound(pane, drivers))
  const { bytes } = slab
  let at = slab.position
  at = append(bytes, at, frame)
  bytes[at++] = KIND_DELTA
  at = append(bytes, at, pane.scope.encodedId)
  at = writeLong(bytes, at, pane.startMs)
  at = writeLong(bytes, at, pane.creditsMicro)
  at = writeLong(bytes, at, pane.requests)
  at = writeLong(bytes, at, pane.unratedRequests)
  at = writeUnits(bytes, at, pane)
  at = writeDrivers(bytes, at, drivers)
  // No policy, and its offset -1; no metered offset (-1); no lease.
  bytes[at++] = 0
  bytes[at++] = 1
  bytes[at++] = 1
  bytes[at++] = 0
  return { key: pane.scope.key, value: slab.take(at) }
}

function writeUnits(bytes: Buffer, at: number, { meters, amounts }: Pane): number {
  if (meters.length > 0) at = writeLong(bytes, at, meters.length)
  for (let meter = 0; meter < meters.length; meter++) {
    at = append(bytes, at, meters[meter]!.encoded)
    at = bytes.writeDoubleLE(amounts[meter]!, at)
  }
  bytes[at++] = 0
  return at
}

function writeDrivers(bytes: Buffer, at: number, drivers: readonly (readonly DriverSum[])[]): number {
  const count = drivers.reduce((count, top) => count + top.length, 0)
  if (count > 0) at = writeLong(bytes, at, count)
  for (const [dimension, top] of drivers.entries()) {
    for (const { scope, creditsMicro } of top) {
      at = writeLong(bytes, at, dimension)
      at = append(bytes, at, scope.encodedValue)
      at = writeLong(bytes, at, creditsMicro)
    }
  }
  bytes[at++] = 0
  return at
}

function sizeBound(pane: Pane, drivers: readonly (readonly DriverSum[])[]): number {
  let size = FIXED_BYTES + pane.scope.encodedId.length
  for (const meter of pane.meters) size += meter.encoded.length + DOUBLE_BYTES
  for (const top of drivers)
    for (const { scope } of top) size += scope.encodedValue.length + 2 * MAX_LONG_BYTES
  return size
}

function append(bytes: Buffer, at: number, piece: Buffer): number {
  piece.copy(bytes, at)
  return at + piece.length
}
