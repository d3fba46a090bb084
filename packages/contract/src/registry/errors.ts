export type RegistryErrorCode =
  | 'schema_not_found'
  | 'subject_not_found'
  | 'incompatible_schema'
  | 'invalid_schema'
  | 'registry_unreachable'
  | 'registry_refused'

const CODES_BY_NUMBER: Readonly<Record<number, RegistryErrorCode>> = {
  40401: 'subject_not_found',
  40402: 'subject_not_found',
  40403: 'schema_not_found',
  409: 'incompatible_schema',
  42201: 'invalid_schema',
}

/** `registry_unreachable` may be tried again; everything else is an answer. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode
  readonly retryable: boolean

  constructor(code: RegistryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RegistryError'
    this.code = code
    this.retryable = code === 'registry_unreachable'
  }
}

/** The error that a registry's answer stands for. 5xx and 429 pass: the server is there, but cannot answer now. */
export function registryErrorOf(status: number, body: unknown, what: string): RegistryError {
  const { error_code, message } = (typeof body === 'object' && body !== null ? body : {}) as {
    readonly error_code?: number
    readonly message?: string
  }
  const said = message ?? `status ${status}`
  if (status >= 500 || status === 429) {
    return new RegistryError('registry_unreachable', `the schema registry cannot ${what} now: ${said}`)
  }
  const code = CODES_BY_NUMBER[error_code ?? status] ?? 'registry_refused'
  return new RegistryError(code, `the schema registry refused to ${what}: ${said}`)
}
