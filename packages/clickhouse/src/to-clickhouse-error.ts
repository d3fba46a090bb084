import { ClickHouseError as ServerError } from '@clickhouse/client'

import { ClickhouseError } from './errors.ts'

const MAX_MESSAGE_CHARACTERS = 1_000

/** What the client threw, as one of three things that a caller can act on. */
export function toClickhouseError(error: unknown, timedOut: boolean): ClickhouseError {
  if (error instanceof ClickhouseError) return error
  if (error instanceof ServerError) {
    const code = Number(error.code)
    const message = `ClickHouse refused (${error.type ?? 'error'} ${code}): ${error.message}`
    return new ClickhouseError(message.slice(0, MAX_MESSAGE_CHARACTERS), {
      kind: 'refused',
      code,
      cause: error,
    })
  }
  if (timedOut) {
    return new ClickhouseError('ClickHouse did not answer in time', { kind: 'timeout', cause: error })
  }
  const said = error instanceof Error ? error.message : String(error)
  return new ClickhouseError(`No answer from ClickHouse: ${said}`, { kind: 'no-answer', cause: error })
}
