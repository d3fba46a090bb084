import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { lockInstance } from './instance-lock.ts'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'meterline-lock-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('a second one is told which process has it', () => {
  const unlock = lockInstance(dir)
  expect(() => lockInstance(dir)).toThrow(`already (process ${process.pid})`)
  unlock()
  lockInstance(dir)()
  expect(existsSync(join(dir, 'up.lock'))).toBe(false)
})

test.each([
  ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, started: '1' })],
  [
    'of a process whose number somebody else has now',
    JSON.stringify({ pid: process.pid, started: 'another' }),
  ],
  ['cut off by a crash', '{"pid":'],
])('a lock %s is taken over', (_name, content) => {
  writeFileSync(join(dir, 'up.lock'), content)
  expect(() => lockInstance(dir)()).not.toThrow()
})
