export const OUTGOING_CODES = [
  'forbidden_address',
  'invalid_url',
  'dns',
  'connection_refused',
  'connection_broken',
  'tls',
  'timeout',
] as const
export type OutgoingCode = (typeof OUTGOING_CODES)[number]

/** Why a request got no answer. All but a forbidden or invalid address may pass by itself. */
export class OutgoingError extends Error {
  override readonly name = 'OutgoingError'
  readonly code: OutgoingCode
  readonly retryable: boolean

  constructor(code: OutgoingCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options)
    this.code = code
    this.retryable = code !== 'forbidden_address' && code !== 'invalid_url'
  }
}

/** Whatever the client threw, by kind. The message holds no part of the URL: it may be a secret. */
export function toOutgoingError(error: unknown): OutgoingError {
  const chain = causes(error)
  const ours = chain.find((each) => each instanceof OutgoingError)
  if (ours !== undefined) return ours
  const code = chain.map(codeOf).find((each) => each !== '') ?? ''
  const kind = kindOf(code, chain)
  return new OutgoingError(kind, `${SAYS[kind]}${code === '' ? '' : ` (${code})`}`, { cause: error })
}

const SAYS: Record<OutgoingCode, string> = {
  forbidden_address: 'the address may not be reached from here',
  invalid_url: 'the address is no http(s) URL',
  dns: 'the name has no address',
  connection_refused: 'the connection was refused',
  connection_broken: 'the connection broke before there was an answer',
  tls: 'the certificate or the TLS handshake is not acceptable',
  timeout: 'there was no answer in time',
}

const REFUSED = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL'])
const TIMEOUT = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
])

function kindOf(code: string, chain: readonly unknown[]): OutgoingCode {
  if (TIMEOUT.has(code) || chain.some((each) => each instanceof Error && each.name === 'TimeoutError')) {
    return 'timeout'
  }
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return 'dns'
  if (REFUSED.has(code)) return 'connection_refused'
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code)) return 'tls'
  return 'connection_broken'
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

const MAX_CAUSES = 8

function causes(error: unknown): unknown[] {
  const chain: unknown[] = []
  let current = error
  while (current !== undefined && current !== null && chain.length < MAX_CAUSES) {
    chain.push(current)
    if (current instanceof AggregateError) current = current.errors[0]
    else current = current instanceof Error ? current.cause : undefined
  }
  return chain
}
