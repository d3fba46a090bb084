import type { Rating } from '@meterline/domain'

import { avroLong, avroString } from '../../wire/varint.ts'

const DOUBLE_BYTES = 8
const RATED = 0
const UNRATED = 1

export interface EncodedRating {
  /** `tier` to `unrated_meters`, as they stand in a metered record; `credits_micro` and `cost_usd_micro` follow. */
  readonly bytes: Buffer
  /** Where the amounts of `metered_units` stand in it, in their order: 8 bytes each, to be written over. */
  readonly amountPositions: readonly number[]
}

export function encodeRating(rating: Rating): EncodedRating {
  const pieces = [avroString(rating.tier)]
  const amountPositions: number[] = []
  let length = pieces[0]?.length ?? 0
  const push = (piece: Buffer): void => {
    pieces.push(piece)
    length += piece.length
  }

  const units = Object.entries(rating.metered_units)
  if (units.length > 0) push(avroLong(units.length))
  for (const [meter, amount] of units) {
    push(avroString(meter))
    amountPositions.push(length)
    push(avroDouble(amount))
  }
  push(avroLong(0))

  const rates = Object.entries(rating.rates)
  if (rates.length > 0) push(avroLong(rates.length))
  for (const [meter, rate] of rates) {
    push(avroString(meter))
    push(avroLong(rate))
  }
  push(avroLong(0))

  push(avroString(rating.rate_card_id))
  push(avroLong(rating.rate_card_version))
  push(avroLong(rating.rating === 'rated' ? RATED : UNRATED))
  if (rating.unrated_meters.length > 0) push(avroLong(rating.unrated_meters.length))
  for (const meter of rating.unrated_meters) push(avroString(meter))
  push(avroLong(0))
  return { bytes: Buffer.concat(pieces), amountPositions }
}

function avroDouble(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(DOUBLE_BYTES)
  bytes.writeDoubleLE(value)
  return bytes
}
