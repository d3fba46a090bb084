import { secretMatches } from '@meterline/contract'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { memoryControl, SAMPLE } from '../../../services/control/src/testing/memory-control.ts'
import type { MemoryControl } from '../../../services/control/src/testing/memory-control.ts'
import { openConnection } from '../connection/connection.ts'
import { readCredentials, writeCredentials } from '../connection/credentials-file.ts'
import { applyWithSecrets } from './apply-with-secrets.ts'
import type { ControlClient } from './control-client.ts'

let stateDir = ''
let world: MemoryControl
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'meterline-apply-'))
  world = memoryControl({ file: 'organization: { id: org-1, name: Sample }' })
})
afterEach(() => rmSync(stateDir, { recursive: true, force: true }))

/** The control service without the network between; `after` is what happens to an answer on its way. */
function client(after: (path: string) => void = () => undefined): ControlClient {
  return {
    async call(method, path, body) {
      const answer = await world.call(method, path, body)
      if (answer.status >= 400) throw new Error(answer.text)
      after(path)
      return answer.body
    },
    text: async (path) => (await world.call('GET', path)).text,
  }
}

function haveCredentials(): void {
  const places = ['gateway_url', 'kafka_brokers', 'clickhouse_url', 'clickhouse_native'] as const
  const users = ['clickhouse_database', 'clickhouse_user', 'clickhouse_password'] as const
  const readers = ['clickhouse_reader_user', 'clickhouse_reader_password'] as const
  const rest = ['clickhouse_sink_user', 'clickhouse_sink_password', 'schema_registry_url'] as const
  const urls = ['control_url', 'notifier_url', 'admin_token'] as const
  const names = [...places, ...users, ...readers, ...rest, ...urls]
  const texts = Object.fromEntries(names.map((name) => [name, 'x'])) as Record<(typeof names)[number], string>
  writeCredentials(stateDir, { ...texts, keys: [] })
}

const apply = (through: ControlClient) =>
  applyWithSecrets(through, { file: SAMPLE, connection: openConnection({ stateDir }) })

const works = (id: string, secret: string | undefined): boolean => {
  const key = world.log.view.entities.api_key.get(id)
  return key !== undefined && secret !== undefined && secretMatches(secret, key)
}

test('an apply that is cut off before its answer arrives has lost no secret', async () => {
  haveCredentials()
  const cut = client((path) => {
    if (path.endsWith('dry_run=false')) throw new Error('cut off')
  })
  await expect(apply(cut)).rejects.toThrow('cut off')
  const kept = readCredentials(stateDir)?.keys ?? []
  expect(kept.map(({ id, secret }) => [id, works(id, secret)])).toEqual([
    ['k-auth', true],
    ['k-risk', true],
  ])
  expect((await apply(client())).applied).toMatchObject({ changes: [], new_keys: [] })
  expect(readCredentials(stateDir)?.keys).toEqual(kept)
})

test('a key keeps the secret that was saved before it was made; what somebody else made meanwhile is not claimed', async () => {
  haveCredentials()
  const { applied, saved } = await apply(
    client((path) => {
      if (!path.endsWith('dry_run=true')) return
      void world.call('POST', '/v1/apply', SAMPLE, { 'content-type': 'application/yaml' })
    }),
  )
  expect(saved).toBe(true)
  const known = new Set(applied.new_keys.map(({ id }) => id))
  const kept = readCredentials(stateDir)?.keys ?? []
  expect(new Set(kept.map(({ id }) => id))).toEqual(known)
  for (const { id, secret } of kept) expect(works(id, secret)).toBe(true)
})

test('without credentials.json the secrets are in the answer alone', async () => {
  const { applied, saved } = await apply(client())
  expect(saved).toBe(false)
  expect(applied.new_keys.map(({ id, secret }) => works(id, secret))).toEqual([true, true])
})
