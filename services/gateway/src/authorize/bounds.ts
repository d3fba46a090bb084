/** Every bound of authorizations has its name here. */
export const AUTHORIZE = {
  maxBodyBytes: 16 * 1024,
  /** The most that one request may ask for. */
  maxCredits: 1_000_000,
  /** How long a first authorization waits for the owner of a scope; then the limit says whether it fails open or closed. */
  ownerWaitMs: 1_500,
  defaultReservationMs: 60_000,
  minReservationMs: 1_000,
  /** Reservations that are kept; beyond, callers are asked to wait. */
  maxReservations: 300_000,
  /** Authorizations that wait for an owner. */
  maxWaiting: 10_000,
  /** Slices, estimates, and answers to who-may-what that are kept in memory. */
  maxKept: 50_000,
  /** When somebody else holds what is left of a cap, it is settled or given back about as soon. */
  retryAfterHeldSeconds: 2,
  retryAfterSilenceSeconds: 1,
  /** How often slices are looked after. */
  tendIntervalMs: 100,
  /** How often what can wait is told to the owners: the records of all slices together, so that burn commits them together. */
  turnIntervalMs: 1_000,
  /** Lease records are worth nothing later. */
  sendTimeoutMs: 5_000,
  /** How often a gateway with reservations says that it has some, and how long others go by that word. */
  holdingIntervalMs: 2_000,
  heldWordMs: 7_000,
  /** Requests in one record that tells of their usage: well below what a record may hold, however they are named. */
  maxSettledPerRecord: 1_000,
} as const
