import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'

import { createReporter } from './reporter.ts'

const stateDir = mkdtempSync(join(tmpdir(), 'reporter-'))
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(stateDir, { recursive: true, force: true })
})

test('what was killed for a reason is not said to have ended unexpectedly, and the next time it is', () => {
  vi.spyOn(console, 'log').mockReturnValue(undefined)
  const reporter = createReporter(stateDir)
  const notices = reporter.collectNotices()
  const name = 'clickhouse'
  reporter.supervisor({ kind: 'killing', name, reason: '99 MiB are left' })
  reporter.supervisor({ kind: 'exited', name, code: null, signal: 'SIGKILL' })
  reporter.supervisor({ kind: 'restarting', name, inMs: 250 })
  reporter.supervisor({ kind: 'held-back', name, reason: '1024 MiB are needed' })
  reporter.supervisor({ kind: 'exited', name, code: 1, signal: null })
  reporter.supervisor({ kind: 'restarting', name, inMs: 250 })
  expect(notices().map((notice) => notice.slice(10))).toEqual([
    'clickhouse is stopped: 99 MiB are left',
    'clickhouse is not started yet: 1024 MiB are needed',
    'clickhouse ended unexpectedly; starting it again in 250 ms',
  ])
  const log = readFileSync(join(stateDir, 'logs', 'up.log'), 'utf8')
  expect(log.split('\n').filter((line) => line.includes('clickhouse'))).toHaveLength(6)
})
