import { createHash, randomUUID } from 'node:crypto'

const FINGERPRINT_CHARACTERS = 16

/** What a request asks for, so that another request under the same key is told apart. */
export interface KeyedRequest {
  readonly actor: string
  readonly idempotencyKey: string
  readonly method: string
  readonly path: string
  readonly body: unknown
}

/** A command that may be sent again: the same key of the same actor gives the same id, whatever process answers. */
export function keyedCommandId(request: KeyedRequest): string {
  const { actor, idempotencyKey, method, path, body } = request
  const name = createHash('sha256')
    .update(JSON.stringify([actor, idempotencyKey]))
    .digest('hex')
  const asked = createHash('sha256')
    .update(JSON.stringify([method, path, body ?? null]))
    .digest('hex')
  return `${uuidOf(name)}/${asked.slice(0, FINGERPRINT_CHARACTERS)}`
}

export function unkeyedCommandId(): string {
  return randomUUID()
}

/** The part by which a repeated command is found; `undefined` for one without a key. */
export function commandName(commandId: string): string | undefined {
  const slash = commandId.indexOf('/')
  return slash < 0 ? undefined : commandId.slice(0, slash)
}

/** An id for something that the command makes; the same for a command that is sent again. */
export function madeId(prefix: string, commandId: string): string {
  const hex = createHash('sha256')
    .update(`${prefix} ${commandName(commandId) ?? commandId}`)
    .digest('hex')
  return `${prefix}_${hex.slice(0, 20)}`
}

/** 128 bits of a hash in the form of a version 8 UUID (RFC 9562: a layout of one's own). */
function uuidOf(hex: string): string {
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
