import { FRAME_BYTES } from '@meterline/contract'
import type { OutputMessage } from '@meterline/topology'

import type { Slab } from '../../wire/slab.ts'
import { MAX_LONG_BYTES, writeLong } from '../../wire/varint.ts'
import type { DriverSum } from './driver-sums.ts'
import type { Pane } from './pane.ts'
import type { PaneSums } from './pane-sums.ts'
import type { Scope } from './scope-table.ts'

const KIND_DELTA = 0
const NO_DRIVERS: readonly (readonly DriverSum[])[] = []
const DOUBLE_BYTES = 8
/** The frame, the kind and the start. */
const HEAD_BYTES = FRAME_BYTES + 1 + MAX_LONG_BYTES
/** Three longs, two counts and block ends, policy and policy_offset, metered_offset and lease. */
const SUMS_BYTES = 10 * MAX_LONG_BYTES

/** Encodes a pane as a framed `delta` record; what `encodeSpendRecord` writes, byte for byte. */
export function deltaMessage(pane: Pane<Scope>, slab: Slab, frame: Buffer): OutputMessage {
  const { of: scope, sums } = pane
  const drivers = sums.encoded === undefined ? (sums.drivers?.top() ?? NO_DRIVERS) : NO_DRIVERS
  const sumsBytes = sums.encoded?.length ?? sumsBound(sums, drivers)
  slab.reserve(HEAD_BYTES + scope.encodedId.length + sumsBytes)
  const { bytes } = slab
  let at = slab.position
  at = append(bytes, at, frame)
  bytes[at++] = KIND_DELTA
  at = append(bytes, at, scope.encodedId)
  at = writeLong(bytes, at, pane.startMs)
  if (sums.encoded === undefined) {
    const end = writeSums(bytes, at, sums, drivers)
    // Scopes of one path share their sums: what stands here is copied for the next one.
    if (sums.drivers !== undefined) sums.encoded = bytes.subarray(at, end)
    at = end
  } else at = append(bytes, at, sums.encoded)
  return { key: scope.key, value: slab.take(at) }
}

/** `credits_micro` to the end of the record. */
function writeSums(
  bytes: Buffer,
  at: number,
  sums: PaneSums,
  drivers: readonly (readonly DriverSum[])[],
): number {
  at = writeLong(bytes, at, sums.creditsMicro)
  at = writeLong(bytes, at, sums.requests)
  at = writeLong(bytes, at, sums.unratedRequests)
  at = writeUnits(bytes, at, sums)
  at = writeDrivers(bytes, at, drivers)
  // No policy, and its offset -1; no metered offset (-1); no lease.
  bytes[at++] = 0
  bytes[at++] = 1
  bytes[at++] = 1
  bytes[at++] = 0
  return at
}

function writeUnits(bytes: Buffer, at: number, { meters, amounts }: PaneSums): number {
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

function sumsBound(sums: PaneSums, drivers: readonly (readonly DriverSum[])[]): number {
  let size = SUMS_BYTES
  for (const meter of sums.meters) size += meter.encoded.length + DOUBLE_BYTES
  for (const top of drivers)
    for (const { scope } of top) size += scope.encodedValue.length + 2 * MAX_LONG_BYTES
  return size
}

function append(bytes: Buffer, at: number, piece: Buffer): number {
  piece.copy(bytes, at)
  return at + piece.length
}
