/** Why a step of an action failed. `retryable`: the same step may succeed later; it is safe to take it again. */
export class ActionError extends Error {
  override readonly name = 'ActionError'
  readonly code: string
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined

  constructor(
    code: string,
    message: string,
    options: {
      readonly retryable: boolean
      readonly retryAfterMs?: number | undefined
      readonly cause?: unknown
    },
  ) {
    super(message, { cause: options.cause })
    this.code = code
    this.retryable = options.retryable
    this.retryAfterMs = options.retryAfterMs
  }
}
