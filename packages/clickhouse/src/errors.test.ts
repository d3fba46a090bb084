import { describe, expect, test } from 'vitest'

import { ClickhouseError, isContentRefusal, isDeadlinePassed } from './errors.ts'
import { toClickhouseError } from './to-clickhouse-error.ts'

const refused = (code: number) => new ClickhouseError('', { kind: 'refused', code })

describe('what an error means', () => {
  test('content is what the rows are, never what the server or the schema is', () => {
    const content = [6, 27, 33, 53, 69, 72, 117, 128, 131, 321, 349, 407, 1001]
    // Lease over, memory, too many parts, unknown table, unknown column, no space, read-only, authentication, syntax.
    const state = [395, 241, 252, 60, 16, 47, 243, 242, 516, 62]
    expect(content.map((code) => isContentRefusal(refused(code)))).toEqual(content.map(() => true))
    expect(state.map((code) => isContentRefusal(refused(code)))).toEqual(state.map(() => false))
    expect(content.some((code) => refused(code).retryable)).toBe(false)
    expect(state.every((code) => refused(code).retryable)).toBe(true)
    expect(isDeadlinePassed(refused(395))).toBe(true)
  })

  test('without an answer nothing is known', () => {
    const cause = new Error('socket hang up')
    expect(toClickhouseError(cause, false)).toMatchObject({ kind: 'no-answer', retryable: true, cause })
    expect(toClickhouseError(cause, true)).toMatchObject({ kind: 'timeout', retryable: true, cause })
  })
})
