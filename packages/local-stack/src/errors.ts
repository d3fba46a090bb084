export type StackErrorCode =
  | 'JAVA_MISSING'
  | 'JAVA_TOO_OLD'
  | 'MAVEN_MISSING'
  | 'DOWNLOAD_FAILED'
  | 'PORT_TAKEN'
  | 'DISK_FULL'
  | 'START_FAILED'
  | 'COMPOSE_FAILED'

const retryableCodes: ReadonlySet<StackErrorCode> = new Set([
  'DOWNLOAD_FAILED',
  'START_FAILED',
  'COMPOSE_FAILED',
])

/** Why the local stack is not up, as one sentence that says what to do about it. */
export class StackError extends Error {
  override readonly name = 'StackError'
  readonly code: StackErrorCode
  /** Whether the same call may succeed later without anybody doing something about it. */
  readonly retryable: boolean

  constructor(code: StackErrorCode, sentence: string, options?: { cause?: unknown }) {
    super(sentence, options)
    this.code = code
    this.retryable = retryableCodes.has(code)
  }
}
