/** Bounds of the delivery engine. */
export const DELIVERY_BOUNDS = {
  /** Attempts under way, all channels together. */
  maxAttempts: 32,
  /** Attempts under way to one channel: a slow receiver holds up nobody else. */
  maxAttemptsPerChannel: 4,
  /** Not delivered and not dead; beyond, nothing new is taken from the book until there is room. */
  maxPending: 20_000,
  /**
   * Of those, how many may tell one channel that one alert fires: a receiver that is away for days gets one message about it when
   * it is back, not one for each repetition.
   */
  maxPendingFirings: 1,
  /** A channel's dead letters are announced elsewhere that often at most. */
  announceEveryMs: 3_600_000,
  /** The pause of a channel whose receiver is overloaded and names none. */
  throttlePauseMs: 5_000,
  /** How long what is done is kept: longer than spend.alert, from which the book could otherwise say it again. */
  keptMs: 35 * 86_400_000,
  maxForgottenAtOnce: 1_000,
} as const
