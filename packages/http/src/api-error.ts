export interface ApiErrorBody {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly field?: string
    readonly hint?: string
  }
}

interface ApiErrorOptions {
  /** Path of what is wrong in the request, where it is one field. */
  readonly field?: string | undefined
  readonly hint?: string | undefined
  readonly retryAfterSeconds?: number
  /** Further members of `error`, such as both versions of a conflict. */
  readonly details?: Readonly<Record<string, string | number | boolean | null>>
  readonly cause?: unknown
}

/** A refusal of the whole request, in the one shape that every error has. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly field: string | undefined
  readonly hint: string | undefined
  readonly retryAfterSeconds: number | undefined
  readonly details: ApiErrorOptions['details']

  constructor(status: number, code: string, message: string, options: ApiErrorOptions = {}) {
    super(message, { cause: options.cause })
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.field = options.field
    this.hint = options.hint
    this.retryAfterSeconds = options.retryAfterSeconds
    this.details = options.details
  }

  body(): ApiErrorBody {
    const { code, message, field, hint, details } = this
    return {
      error: {
        code,
        message,
        ...(field === undefined ? {} : { field }),
        ...(hint === undefined ? {} : { hint }),
        ...details,
      },
    }
  }
}
