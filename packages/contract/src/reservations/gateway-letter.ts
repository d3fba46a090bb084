import { z } from 'zod'

const name = z.string().min(1)

const release = z.object({
  schema: z.literal(1),
  api_key_id: name,
  request_id: name,
  /** `<gateway>.<number>`: no other reservation is meant, also not a later one of the same request. */
  reservation: name,
})

const holding = z.object({ schema: z.literal(1), kind: z.literal('holding'), gateway: name })

const settled = z.object({
  schema: z.literal(1),
  kind: z.literal('settled'),
  gateway: name,
  /** By key: their usage stands in usage.events, acknowledged. */
  requests: z.record(z.string(), z.array(name)),
})

const letter = z.union([release, holding, settled])

/** A gateway was told to release a reservation that another one holds. */
export type ReservationRelease = Readonly<z.output<typeof release>>

/** A gateway holds reservations: it wants to hear of usage that comes through others, for some seconds. */
export type HoldingReservations = Readonly<z.output<typeof holding>>

/** Usage came through a gateway: whatever is reserved for it elsewhere is settled too. */
export type SettledElsewhere = Readonly<z.output<typeof settled>>

/** A value of `spend.release`: what gateways tell one another. Versions that know releases alone pass over the others. */
export type GatewayLetter = ReservationRelease | HoldingReservations | SettledElsewhere

export function encodeGatewayLetter(sent: GatewayLetter): Buffer {
  return Buffer.from(JSON.stringify(sent))
}

/** Throws `SyntaxError` for bytes that are no JSON, `ZodError` for another shape. */
export function decodeGatewayLetter(value: Buffer): GatewayLetter {
  return letter.parse(JSON.parse(value.toString('utf8')))
}
