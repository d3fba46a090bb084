import { z } from 'zod'

const schema = z.object({
  schema: z.literal(1),
  api_key_id: z.string().min(1),
  request_id: z.string().min(1),
  /** `<gateway>.<number>`: no other reservation is meant, also not a later one of the same request. */
  reservation: z.string().min(1),
})

/** A value of `spend.release`: a gateway was told to release a reservation that another one holds. */
export type ReservationRelease = Readonly<z.output<typeof schema>>

export function encodeReservationRelease(release: ReservationRelease): Buffer {
  return Buffer.from(JSON.stringify(release))
}

/** Throws `SyntaxError` for bytes that are no JSON, `ZodError` for another shape. */
export function decodeReservationRelease(value: Buffer): ReservationRelease {
  return schema.parse(JSON.parse(value.toString('utf8')))
}
