import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import { writeCredentials } from '../connection/credentials-file.ts'
import { makePrivateFolders } from './private-folders.ts'

function stateDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'meterline-private-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  return dir
}

const modeOf = (path: string): number => statSync(path).mode & 0o777

test('data, logs and snapshots are for their owner only, also where a folder stood open before', () => {
  const dir = stateDir()
  mkdirSync(join(dir, 'kafka'), { mode: 0o755 })
  makePrivateFolders(dir)
  for (const name of ['kafka', 'clickhouse', 'logs', 'snapshots']) expect(modeOf(join(dir, name))).toBe(0o700)
})

test('the credentials file is for its owner only, whatever the umask', () => {
  const dir = stateDir()
  const umask = process.umask(0)
  onTestFinished(() => void process.umask(umask))
  writeCredentials(dir, {
    gateway_url: '',
    kafka_brokers: '',
    clickhouse_url: '',
    clickhouse_native: '',
    clickhouse_database: '',
    clickhouse_user: '',
    clickhouse_password: '',
    clickhouse_sink_user: '',
    clickhouse_sink_password: '',
    clickhouse_reader_user: '',
    clickhouse_reader_password: '',
    control_url: '',
    notifier_url: '',
    admin_token: '',
    schema_registry_url: '',
    keys: [],
  })
  expect(modeOf(join(dir, 'credentials.json'))).toBe(0o600)
})
