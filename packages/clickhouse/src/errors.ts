/**
 * - `refused`: the server answered with an error. Whatever the statement did, it does no more.
 * - `no-answer`: the connection failed or was given up. The statement may still be running, or come to run.
 * - `timeout`: the same, because our own time ran out.
 */
export type ClickhouseErrorKind = 'refused' | 'no-answer' | 'timeout'

export class ClickhouseError extends Error {
  override readonly name = 'ClickhouseError'
  readonly kind: ClickhouseErrorKind
  /** The server's number for a refusal, such as 395. */
  readonly code: number | undefined
  readonly retryable: boolean

  constructor(
    message: string,
    options: { readonly kind: ClickhouseErrorKind; readonly code?: number; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause })
    this.kind = options.kind
    this.code = options.code
    // A refused statement may be accepted later (memory, too many parts); one refused for its content never is.
    this.retryable = !isContentRefusal(this)
  }
}

/** The statement's own deadline had passed when its block arrived: nothing was stored. */
export function isDeadlinePassed(error: ClickhouseError): boolean {
  return error.kind === 'refused' && error.code === FUNCTION_THROW_IF_VALUE_IS_NON_ZERO
}

/**
 * Refused for what the rows are, so the same rows are refused for ever. A list of what is known to be so: anything else may be
 * the server's state (a full disk, a missing column), and must not cost a single row.
 */
export function isContentRefusal(error: ClickhouseError): boolean {
  if (error.kind !== 'refused' || error.code === undefined) return false
  return error.code === STD_EXCEPTION ? AVRO_EXCEPTION.test(error.message) : CONTENT_CODES.has(error.code)
}

const FUNCTION_THROW_IF_VALUE_IS_NON_ZERO = 395

// Any C++ exception that is not ClickHouse's own has this code: the Avro library's, and a full disk's too.
const STD_EXCEPTION = 1001
const AVRO_EXCEPTION = /type: avro::Exception/

const CONTENT_CODES: ReadonlySet<number> = new Set([
  6, // CANNOT_PARSE_TEXT
  27, // CANNOT_PARSE_INPUT_ASSERTION_FAILED
  33, // CANNOT_READ_ALL_DATA
  53, // TYPE_MISMATCH
  69, // ARGUMENT_OUT_OF_BOUND
  72, // CANNOT_PARSE_NUMBER
  117, // INCORRECT_DATA
  131, // TOO_LARGE_STRING_SIZE
  128, // TOO_LARGE_ARRAY_SIZE
  321, // VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE
  349, // CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN
  407, // DECIMAL_OVERFLOW
])
