/**
 * - `unavailable`: brokers away or a deadline passed; the outcome of a write is then unknown. Try again.
 * - `full`: a bounded queue is full. Try again later.
 * - `fenced`: another process writes under this transactional id now.
 * - `transaction-failed`: a transaction did not commit, or it is not known whether it did.
 * - `refused`: the broker will never accept this (too large, not allowed, no such topic).
 * - `out-of-range`: the wanted offset is not in the log (any more, or yet).
 * - `damaged`: bytes in the log cannot be what was written.
 * - `inconsistent`: state and position do not belong together, or a second writer is at work.
 * - `closed`: the object was closed, or the lease ended.
 */
export type KafkaErrorCode =
  | 'unavailable'
  | 'full'
  | 'fenced'
  | 'transaction-failed'
  | 'refused'
  | 'out-of-range'
  | 'damaged'
  | 'inconsistent'
  | 'closed'

/** Codes where doing the same again cannot help: a person is needed. */
const HOPELESS: ReadonlySet<KafkaErrorCode> = new Set(['refused', 'out-of-range', 'damaged', 'inconsistent'])

/** What failed (message), which kind (code), why (cause) and whether trying again may help (retryable). */
export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  readonly code: KafkaErrorCode
  readonly retryable: boolean

  constructor(code: KafkaErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options)
    this.code = code
    this.retryable = !HOPELESS.has(code)
  }
}

/** Wraps whatever the client threw while `doing` something. */
export function toKafkaError(error: unknown, doing: string): KafkaError {
  if (error instanceof KafkaError) return error
  const type = errorType(error)
  return new KafkaError(codeOf(type), `${doing} failed: ${type}`, { cause: error })
}

/** The broker's name for an error (`PRODUCER_FENCED`), else the class or system code at the bottom of the cause chain. */
export function errorType(error: unknown): string {
  const cause = rootCause(error)
  if (typeof cause !== 'object' || cause === null) return String(cause)
  if ('type' in cause && typeof cause.type === 'string') return cause.type
  if ('code' in cause && typeof cause.code === 'string') return cause.code
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : 'unknown error'
}

/** True where the same request may be sent again as it is: the broker is away, moving, or busy with the last transaction. */
export function isTransient(error: unknown): boolean {
  const cause = rootCause(error)
  if (typeof cause !== 'object' || cause === null) return false
  if (cause instanceof KafkaError) return cause.code === 'unavailable'
  if ('type' in cause && typeof cause.type === 'string') {
    return TRANSIENT_TYPES.has(cause.type) || ('retriable' in cause && cause.retriable === true)
  }
  if ('name' in cause && typeof cause.name === 'string') return TRANSIENT_NAMES.has(cause.name)
  return false
}

/** True where the broker itself said no: the request is done with, and no copy of it is still on its way. */
export function wasAnswered(error: unknown): boolean {
  const cause = rootCause(error)
  return typeof cause === 'object' && cause !== null && 'type' in cause && typeof cause.type === 'string'
}

function rootCause(error: unknown): unknown {
  let current = error
  while (current instanceof Error && current.cause instanceof Error && current.cause !== current) {
    current = current.cause
  }
  return current
}

function codeOf(type: string): KafkaErrorCode {
  if (FENCED_TYPES.has(type)) return 'fenced'
  if (REFUSED_TYPES.has(type)) return 'refused'
  if (type === 'OFFSET_OUT_OF_RANGE') return 'out-of-range'
  if (type === 'CORRUPT_MESSAGE') return 'damaged'
  return 'unavailable'
}

const FENCED_TYPES = new Set(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_PRODUCER_ID_MAPPING'])

const REFUSED_TYPES = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'UNSUPPORTED_COMPRESSION_TYPE',
  'INVALID_TOPIC_EXCEPTION',
  'OFFSET_METADATA_TOO_LARGE',
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'INVALID_TRANSACTION_TIMEOUT',
])

const TRANSIENT_TYPES = new Set([
  'CONCURRENT_TRANSACTIONS',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'UNKNOWN_LEADER_EPOCH',
  'FENCED_LEADER_EPOCH',
  'REPLICA_NOT_AVAILABLE',
])

const TRANSIENT_NAMES = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSLockTimeout',
  'KafkaJSNoBrokerAvailableError',
])
