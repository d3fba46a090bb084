import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { startOwnEngine } from '../../../../test/support/own-engine.ts'
import { canRefuseWrites, refuseWrites } from '../../../../test/support/refuse-writes.ts'
import type { SupervisorEvent } from '../supervise/events.ts'
import type { Clickhouse } from './start-clickhouse.ts'

const events: SupervisorEvent[] = []
let own: Awaited<ReturnType<typeof startOwnEngine>>
let engine: Clickhouse

beforeAll(async () => {
  own = await startOwnEngine({ onEvent: (event) => events.push(event) })
  engine = own.engine
})

afterAll(() => own.stop())

async function sql(query: string): Promise<string> {
  const { url, database, user, password } = own.address
  const answer = await fetch(`${url}/?database=${database}`, {
    method: 'POST',
    body: query,
    headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text.trim()
}

// Found by filling the disk in mid-merge: the new part had an empty file, and stood in the place of those that it was made of.
it('begins neither inserts nor merges where the disk is nearly full', async () => {
  const { clickhouse } = inject('stack')
  const answer = await fetch(clickhouse.url, {
    method: 'POST',
    body: "SELECT keep_free_space FROM system.disks WHERE name = 'default'",
    headers: { 'X-ClickHouse-User': clickhouse.user, 'X-ClickHouse-Key': clickhouse.password },
  })
  expect((await answer.text()).trim()).toBe(String(256 * 1024 * 1024))
})

it.runIf(canRefuseWrites)(
  'is ended when a merge could not be written, and has every row when it is back',
  async () => {
    await sql('CREATE TABLE merged (n UInt64, text String) ENGINE = MergeTree ORDER BY n')
    await sql('SYSTEM STOP MERGES merged')
    for (const from of [0, 1_000, 2_000]) {
      await sql(`INSERT INTO merged SELECT number, hex(number) FROM numbers(${from}, 1000)`)
    }
    await sql('SYSTEM START MERGES merged')
    const content = 'SELECT count(), sum(n), sum(length(text)) FROM merged'
    const stored = await sql(content)
    const before = engine.pid()
    refuseWrites(before)
    // An engine that does not say that it failed answers OK; one that does says so. It is ended either way.
    await sql('OPTIMIZE TABLE merged FINAL').catch(() => undefined)
    const ended = events.length
    await expect
      .poll(() => engine.pid() !== before && engine.pid() !== undefined, { timeout: 20_000 })
      .toBe(true)
    await engine.ready()
    expect(await sql(content)).toBe(stored)
    expect(events.slice(ended - 1)).toContainEqual({
      kind: 'killing',
      name: 'clickhouse',
      reason: expect.stringMatching(/^it went on although \d+ of its writes failed$/),
    })
  },
)
