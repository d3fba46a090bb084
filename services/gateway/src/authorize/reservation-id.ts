/** `<gateway>.<number>`; a gateway's name is a UUID. */
const RESERVATION_ID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\.[1-9]\d{0,15}$/

export function isReservationId(id: string): boolean {
  return RESERVATION_ID.test(id)
}

/** Which gateway made it. */
export function gatewayOf(reservationId: string): string {
  return reservationId.slice(0, reservationId.indexOf('.'))
}
