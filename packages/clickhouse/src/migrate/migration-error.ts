/**
 * - `bad_file`: a file's name or number cannot be used.
 * - `changed`: a file is not what it was when it was applied; write a new one instead.
 * - `number_taken`: another file was applied under this number, and is gone.
 * - `bad_time_zone`: no such IANA zone.
 */
export type MigrationErrorCode = 'bad_file' | 'changed' | 'number_taken' | 'bad_time_zone'

export class MigrationError extends Error {
  override readonly name = 'MigrationError'
  readonly code: MigrationErrorCode
  readonly retryable = false

  constructor(code: MigrationErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
