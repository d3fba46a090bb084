import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { alertsCommand } from '../commands/alerts.ts'
import { requestsCommand } from '../commands/requests.ts'
import { writeCredentials } from '../connection/credentials-file.ts'

const asked: string[] = []
let answer: { status: number; body: object } = { status: 200, body: { ok: true } }
const server = createServer((request, response) => {
  asked.push(`${request.method ?? ''} ${request.url ?? ''}`)
  request.resume()
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
})
let stateDir = ''

beforeEach(async () => {
  asked.length = 0
  answer = { status: 200, body: { ok: true } }
  stateDir = mkdtempSync(join(tmpdir(), 'meterline-verb-'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const texts = { gateway_url: 'x', kafka_brokers: 'x', clickhouse_url: 'x', clickhouse_native: 'x' }
  const accounts = { clickhouse_database: 'x', clickhouse_user: 'x', clickhouse_password: 'x' }
  const readers = { clickhouse_reader_user: 'x', clickhouse_reader_password: 'x' }
  const sinks = { clickhouse_sink_user: 'x', clickhouse_sink_password: 'x', schema_registry_url: 'x' }
  const url = `http://127.0.0.1:${port}`
  const own = { control_url: url, notifier_url: 'x', admin_token: 'x', keys: [] }
  writeCredentials(stateDir, { ...texts, ...accounts, ...readers, ...sinks, ...own })
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
})
afterEach(async () => {
  vi.restoreAllMocks()
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
  rmSync(stateDir, { recursive: true, force: true })
})

test('a verb below a command that has the same option takes it from behind the verb', async () => {
  await alertsCommand().parseAsync(['ack', 'alert_1', '--state-dir', stateDir], { from: 'user' })
  expect(asked).toEqual(['POST /v1/alerts/alert_1/acknowledge'])
})

test('a refusal is told with its field and the way out', async () => {
  const error = { code: 'invalid', message: 'an end is missing', field: 'ends_at', hint: 'say until when' }
  answer = { status: 422, body: { error } }
  const withdrawn = requestsCommand().parseAsync(['withdraw', 'r', '--state-dir', stateDir], { from: 'user' })
  await expect(withdrawn).rejects.toThrow('ends_at: an end is missing; say until when')
})
