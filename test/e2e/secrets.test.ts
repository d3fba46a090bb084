import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { startMeterline } from '../support/meterline.ts'
import type { Meterline } from '../support/meterline.ts'

/** Shaped as a secret of ours, and nobody's. */
const STRANGE = `mlk_strangestran_${'S'.repeat(43)}`
const SECRET_FILES = ['clickhouse-passwords.json', 'credentials.json']

let meterline: Meterline
beforeAll(async () => {
  meterline = await startMeterline({ flags: ['--no-simulation'], env: { LOG_LEVEL: 'trace' } })
})
afterAll(() => meterline?.stop())

test('no secret is in any log at LOG_LEVEL=trace, whatever is sent; none at all is in a file that is not its own', async () => {
  const { credentials, stateDir } = meterline
  const own = credentials.keys[0]?.secret ?? ''
  expect(own).toMatch(/^mlk_/)
  const post = (authorization: string, body: string): Promise<Response> =>
    fetch(`${credentials.gateway_url}/v1/events`, {
      method: 'POST',
      headers: {
        authorization,
        'content-type': 'application/json',
        'x-api-key': STRANGE,
        cookie: `a=${own}`,
      },
      body,
    })
  for (const authorization of [
    `Bearer ${own}`,
    `Bearer ${STRANGE}`,
    STRANGE,
    `Bearer ${credentials.admin_token}`,
  ]) {
    // In bodies a secret that no key has: what is refused is kept as it came (docs/security.md).
    for (const body of [
      `{"${STRANGE}":1}`,
      `{"authorization": ${STRANGE}`,
      `["Bearer ${STRANGE}"]`,
      STRANGE,
    ]) {
      await (await post(authorization, body)).text()
    }
  }
  await meterline.cli('sql', 'SELECT count() FROM usage')

  const secrets = [
    credentials.admin_token,
    credentials.clickhouse_password,
    passwordOfReader(stateDir),
    ...credentials.keys.map(({ secret }) => secret),
  ]
  const found = filesIn(stateDir).filter((file) => bearsAny(file, secrets))
  expect(found.map((file) => file.slice(stateDir.length + 1)).toSorted()).toEqual(SECRET_FILES)
  for (const file of found) expect(statSync(file).mode & 0o777, file).toBe(0o600)

  const logs = filesIn(join(stateDir, 'logs'))
  expect(logs.some((file) => file.endsWith('gateway.log') && statSync(file).size > 0)).toBe(true)
  expect(logs.filter((file) => bearsAny(file, [STRANGE]))).toEqual([])
})

test('what other users of the machine may not see is theirs no longer: data and logs', () => {
  for (const folder of ['kafka', 'clickhouse', 'logs']) {
    expect(statSync(join(meterline.stateDir, folder)).mode & 0o077, folder).toBe(0)
  }
})

function filesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

function bearsAny(file: string, texts: readonly string[]): boolean {
  try {
    const content = readFileSync(file)
    return texts.some((text) => content.includes(text))
  } catch (error) {
    // The servers tidy their folders while we look.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

function passwordOfReader(stateDir: string): string {
  const { clickhouse_reader_password } = JSON.parse(
    readFileSync(join(stateDir, 'credentials.json'), 'utf8'),
  ) as { clickhouse_reader_password: string }
  return clickhouse_reader_password
}
