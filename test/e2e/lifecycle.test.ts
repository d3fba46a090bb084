import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { eventually, portFlags, startMeterline, upEnds } from '../support/meterline.ts'
import type { Credentials, Meterline } from '../support/meterline.ts'

const SAMPLE_TEAMS = ['payments', 'risk', 'helpdesk', 'self-service', 'experimentation', 'developer-tools']

// The life of one installation as its owner sees it, told in order: each test begins where the one before ended.
describe('an installation', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'meterline-lifecycle-'))
  let ports: readonly string[] = []
  let meterline: Meterline
  let first: { readonly credentials: Credentials; readonly rows: number }

  beforeAll(async () => {
    ports = await portFlags()
    meterline = await startMeterline({ flags: [], stateDir, ports })
  })
  afterAll(async () => {
    await meterline?.stop()
    rmSync(stateDir, { recursive: true, force: true })
  })

  const rowsOfUsage = async (): Promise<number> =>
    Number((await meterline.sql<{ rows: string }>('SELECT count() AS rows FROM usage'))[0]?.rows)

  test('tells people its addresses, and programs the same in a file for its owner only', () => {
    const { credentials } = meterline
    const log = meterline.log()
    for (const address of [
      credentials.gateway_url,
      credentials.kafka_brokers,
      credentials.clickhouse_url,
      credentials.clickhouse_native,
      credentials.keys[0]?.secret ?? 'no key',
      join(stateDir, 'credentials.json'),
    ])
      expect(log).toContain(address)
    expect(statSync(join(stateDir, 'credentials.json')).mode & 0o777).toBe(0o600)
    expect(credentials).toEqual(
      expect.objectContaining({
        gateway_url: `http://127.0.0.1:${portOf('gateway')}`,
        kafka_brokers: `127.0.0.1:${portOf('kafka')}`,
        clickhouse_url: `http://127.0.0.1:${portOf('clickhouse-http')}`,
        clickhouse_native: `127.0.0.1:${portOf('clickhouse-native')}`,
        clickhouse_database: 'meterline',
        clickhouse_user: expect.stringMatching(/./) as string,
        clickhouse_password: expect.stringMatching(/.{16}/) as string,
        admin_token: expect.stringMatching(/.{16}/) as string,
      }),
    )
    expect(new Set(credentials.keys.map(({ team }) => team))).toEqual(new Set(SAMPLE_TEAMS))
    for (const { secret } of credentials.keys) expect(secret).toMatch(/^mlk_.{12}_.{43}$/)
  })

  test('shows live burn of every team, and an alert, within a minute', async () => {
    await eventually(
      () => Promise.resolve(meterline.log()),
      (log) => /^burn .*payments [1-9]/m.test(log) && /^alert /m.test(log),
      60_000,
    )
    for (const team of SAMPLE_TEAMS) expect(meterline.log()).toMatch(new RegExp(`^burn .*${team} `, 'm'))
  })

  test('answers a question in SQL, and its doctor finds nothing', async () => {
    const answer = await meterline.cli(
      'sql',
      'SELECT team, count() FROM usage GROUP BY team',
      '--format',
      'csv',
    )
    expect(answer).toMatch(/^payments,\d+$/m)
    expect(await meterline.cli('doctor')).toContain('Nothing is wrong.')
  })

  test.each([
    ['a second start', () => ['--state-dir', stateDir], /is running in .* already/],
    [
      'a taken port',
      () => ['--state-dir', join(stateDir, 'elsewhere'), ...ports],
      /Port \d+ for the gateway is already in use; .*/,
    ],
  ])('refuses %s in one sentence', async (_what, flags, sentence) => {
    const { code, output } = await upEnds(flags())
    expect(code).toBe(1)
    expect(output.trim().split('\n').at(-1)).toMatch(sentence)
    expect(output).not.toMatch(/^\s+at /m)
  })

  test('ends on Ctrl-C with everything it started', async () => {
    first = { credentials: meterline.credentials, rows: await rowsOfUsage() }
    const processes = meterline.processes()
    expect(Object.keys(processes).toSorted()).toEqual([
      'clickhouse',
      'control',
      'gateway',
      'kafka',
      'notifier',
      'processor',
      'registry',
      'sink',
    ])
    const pids = Object.values(processes)
    expect(await meterline.interrupt()).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
    expect(meterline.log()).toContain('Stopped.')
    expect(meterline.processes()).toEqual({})
  })

  test('goes on with its data and its secrets at the next start', async () => {
    meterline = await startMeterline({ flags: ['--no-simulation'], stateDir, ports })
    expect(meterline.credentials).toEqual(first.credentials)
    expect(first.rows).toBeGreaterThan(1_000)
    expect(await rowsOfUsage()).toBeGreaterThanOrEqual(first.rows)
  })

  test('leaves no orphan when it is killed with -9', async () => {
    const pids = Object.values(meterline.processes())
    expect(pids.every(isAlive)).toBe(true)
    await meterline.killUp()
    await eventually(
      () => Promise.resolve(pids.filter(isAlive)),
      (left) => left.length === 0,
      10_000,
    )
  })

  test('forgets with --fresh; without simulation there are the sample organization and no traffic', async () => {
    meterline = await startMeterline({ flags: ['--fresh', '--no-simulation'], stateDir, ports })
    const { keys } = meterline.credentials
    expect(keys.map(({ id }) => id)).toEqual(first.credentials.keys.map(({ id }) => id))
    expect(keys.map(({ secret }) => secret)).not.toEqual(first.credentials.keys.map(({ secret }) => secret))
    expect(await meterline.cli('send')).toContain('accepted 1, refused 0')
    await eventually(rowsOfUsage, (rows) => rows > 0, 30_000)
    expect(await rowsOfUsage()).toBe(1)
  })

  function portOf(name: string): string {
    return ports[ports.indexOf(`--${name}-port`) + 1] ?? ''
  }
})

test('without Java, Docker and KAFKA_BROKERS it says what to install, in one sentence', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'meterline-without-java-'))
  const env = { PATH: stateDir, KAFKA_BROKERS: '' }
  const { code, output } = await upEnds(['--state-dir', stateDir, ...(await portFlags())], env)
  rmSync(stateDir, { recursive: true, force: true })
  expect(code).toBe(1)
  expect(output.trim().split('\n').at(-1)).toMatch(
    /Kafka needs Java 17 or newer and there is none; install it/,
  )
  expect(output).not.toMatch(/^\s+at /m)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
