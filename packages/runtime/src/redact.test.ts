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

test.each([
  ['the admin token mla_Zm9vYmFyYmF6cXV4cXV1eGNvcmdl was sent', 'the admin token mla_[redacted] was sent'],
  [
    'cannot reach https://meterline:hunter2@host:8443/x',
    'cannot reach https://meterline:[redacted]@host:8443/x',
  ],
  ['sent Basic dXNlcjpodW50ZXIyaHVudGVy', 'sent Basic [redacted]'],
])('%s', (text, shown) => {
  expect(redact(text)).toBe(shown)
})

test('no text forges a line of the log: one record is one line of JSON, and nothing in it moves a terminal', () => {
  const lines: string[] = []
  const logger = createLogger({ name: 'test', destination: { write: (line) => void lines.push(line) } })
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'a\n{"level":"fatal","msg":"forged"}',
      '\r\nx',
      '\u001B[2J\u001B[1;31m',
      '\u009B31m',
      '","level":"fatal',
    ),
  )
  fc.assert(
    fc.property(hostile, (text) => {
      lines.length = 0
      logger.info({ id: text, [`field ${text}`]: 1, err: new Error(text) }, 'a constant sentence')
      expect(lines).toHaveLength(1)
      const [line = ''] = lines
      expect(line.indexOf('\n')).toBe(line.length - 1)
      // oxlint-disable-next-line no-control-regex
      expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001F]/)
      expect(JSON.parse(line)).toMatchObject({ level: 'info', name: 'test', msg: 'a constant sentence' })
    }),
  )
})
