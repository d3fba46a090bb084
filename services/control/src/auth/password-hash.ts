import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

import { createGate } from './gate.ts'

// OWASP's second recommendation for argon2id; about 20 ms and 19 MiB each.
const MEMORY_KIB = 19_456
const PASSES = 2
const PARALLELISM = 1
const HASH_BYTES = 32
const SALT_BYTES = 16
/** Each takes its memory and a core for its time, so few run at once and few wait. */
const MAX_AT_ONCE = 2
const MAX_WAITING = 32

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,88})\$([A-Za-z0-9+/]{22,88})$/

const derive = promisify(argon2)
const gate = createGate({ maxAtOnce: MAX_AT_ONCE, maxWaiting: MAX_WAITING })

/** A new PHC string of argon2id. Rejects with `ApiError` 429 when too many are asked for at once. */
export function hashPassword(password: string): Promise<string> {
  return gate(async () => {
    const salt = randomBytes(SALT_BYTES)
    const hash = await derive('argon2id', {
      message: password,
      nonce: salt,
      parallelism: PARALLELISM,
      tagLength: HASH_BYTES,
      memory: MEMORY_KIB,
      passes: PASSES,
    })
    return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${PARALLELISM}$${base64(salt)}$${base64(hash)}`
  })
}

/** Whether the password is the one of that PHC string. `null` takes as long as any, and is never right. */
export function passwordMatches(password: string, kept: string | null): Promise<boolean> {
  return gate(async () => {
    const [, memory, passes, parallelism, salt = '', hash = ''] =
      PHC.exec(kept ?? NOBODY) ?? PHC.exec(NOBODY) ?? []
    const expected = Buffer.from(hash, 'base64')
    const actual = await derive('argon2id', {
      message: password,
      nonce: Buffer.from(salt, 'base64'),
      parallelism: Number(parallelism),
      tagLength: expected.length,
      memory: Number(memory),
      passes: Number(passes),
    })
    return timingSafeEqual(actual, expected) && kept !== null
  })
}

/** What a password is held against when there is no such person: the answer must not come sooner. */
const NOBODY = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${PARALLELISM}$${base64(randomBytes(SALT_BYTES))}$${base64(randomBytes(HASH_BYTES))}`

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
