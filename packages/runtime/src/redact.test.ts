import * as fc from 'fast-check'
import { expect, test } from 'vitest'

import { createLogger } from './logger.ts'
import { redact } from './redact.ts'

const SECRET = 'mlk_abcdefABCDEF_Zm9vYmFyYmF6cXV4cXV1eGNvcmdlZ3JhdWx0Z2FycGx5MQ'

test('takes out credentials by name and by look, and keeps token counts', () => {
  const line = {
    headers: { authorization: `Bearer ${SECRET}` },
    admin_token: 'x',
    key: { secret_hash: 'h', secret_prefix: 'p', password: 'q' },
    tokens_input: 12,
    text: `sent ${SECRET}`,
  }
  expect(redact(line)).toEqual({
    headers: { authorization: '[redacted]' },
    admin_token: '[redacted]',
    key: { secret_hash: '[redacted]', secret_prefix: '[redacted]', password: '[redacted]' },
    tokens_input: 12,
    text: 'sent mlk_abcdefABCDEF_[redacted]',
  })
})

test('a logged error keeps its cause and loses its secrets', () => {
  const lines: string[] = []
  const logger = createLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } })
  const cause = new Error(`refused Bearer ${SECRET}`)
  logger.error({ err: new Error('could not send', { cause }) }, 'failed')
  expect(lines.join('')).toContain('could not send')
  expect(lines.join('')).toContain('refused Bearer [redacted]')
  expect(lines.join('')).not.toContain('Zm9vYmFy')
})

test('no value makes it throw, and cycles end', () => {
  fc.assert(fc.property(fc.anything(), (value) => void redact(value)))
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  expect(() => redact(cyclic)).not.toThrow()
})
