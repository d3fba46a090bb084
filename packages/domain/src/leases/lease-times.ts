/** The durations that leases rest on. What follows from them is said in docs/decisions/0053-leases.md. */
export const LEASE_TIMES = {
  /** A gateway authorizes from a lease until this long after it sent the request for it, by its own monotonic clock. */
  spendMs: 10_000,
  /** The clocks of two machines that take turns in telling burn the time may differ by this much. */
  clockSkewMs: 5_000,
} as const

/** Of what is left of a cap, one request takes a quarter at most, unless somebody waits for more: gateways come near it together. */
export const LARGEST_SHARE = 4

/** More is never out on one account: micro-credits stay safe integers, whatever is asked for. */
export const MAX_ACCOUNT_MICRO = 1_000_000_000_000_000
