import { describe, expect, test } from 'vitest'

import { ClickhouseError, isContentRefusal, isDeadlinePassed } from './errors.ts'
import { toClickhouseError } from './to-clickhouse-error.ts'

const refused = (code: number) => new ClickhouseError('', { kind: 'refused', code })

describe('what an error means', () => {
  test('content is what the rows are, never what the server or the schema is', () => {
    const content = [6, 27, 33, 53, 69, 72, 117, 128, 131, 321, 349, 407]
    // Lease over, memory, too many parts, unknown table, unknown column, no space, read-only, authentication, syntax.
    const state = [395, 241, 252, 60, 16, 47, 243, 242, 516, 62]
    expect(content.map((code) => isContentRefusal(refused(code)))).toEqual(content.map(() => true))
    expect(state.map((code) => isContentRefusal(refused(code)))).toEqual(state.map(() => false))
    expect(content.some((code) => refused(code).retryable)).toBe(false)
    expect(state.every((code) => refused(code).retryable)).toBe(true)
    expect(isDeadlinePassed(refused(395))).toBe(true)
  })

  test('a full disk, which has the same code as damaged Avro, costs no row', () => {
    const std = (message: string) => new ClickhouseError(message, { kind: 'refused', code: 1001 })
    const avro = std(
      'std::exception. Code: 1001, type: avro::Exception, e.what() = EOF reached (version 26.7.2.1)',
    )
    const disk = std(
      'std::exception. Code: 1001, type: std::__1::__fs::filesystem::filesystem_error, e.what() = filesystem error: in create_directories: No space left on device',
    )
    expect([avro, disk].map(isContentRefusal)).toEqual([true, false])
    expect([avro, disk].map(({ retryable }) => retryable)).toEqual([false, true])
  })

  test('without an answer nothing is known', () => {
    const cause = new Error('socket hang up')
    expect(toClickhouseError(cause, false)).toMatchObject({ kind: 'no-answer', retryable: true, cause })
    expect(toClickhouseError(cause, true)).toMatchObject({ kind: 'timeout', retryable: true, cause })
  })
})
