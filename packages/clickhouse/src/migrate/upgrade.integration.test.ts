import { cpSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, expect, test } from 'vitest'

import { ownDatabase } from '../../../../test/support/own-database.ts'
import { migrate } from './migrate.ts'

const PRESENT = join(import.meta.dirname, '../../../../infra/clickhouse')
/** What the views were under before the corrections (009) had to go before them. */
const BEFORE_RENUMBERING = join(import.meta.dirname, 'testing/before-renumbering')

const database = ownDatabase('upgrade', { isMigrated: false })
const folders: string[] = []

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** A folder with the present files below `version`, and what is done to it. */
function filesBelow(version: number, change: (folder: string) => void): URL {
  const folder = mkdtempSync(join(tmpdir(), 'meterline-migrations-'))
  folders.push(folder)
  const names = readdirSync(PRESENT).filter((name) => Number(name.slice(0, 3)) < version)
  for (const name of names) cpSync(join(PRESENT, name), join(folder, name))
  change(folder)
  return pathToFileURL(`${folder}/`)
}

const all = 999

test('a database whose views were 006 and 007 is brought to the present files; its rows are counted once', async () => {
  const { clickhouse } = database
  const dir = filesBelow(9, (folder) => cpSync(BEFORE_RENUMBERING, folder, { recursive: true }))
  const before = await migrate(clickhouse, { dir, reportingTimeZone: 'Asia/Kathmandu' })
  expect(before.applied).toEqual(readdirSync(dir).sort())
  // Two parts, so that the sums of old parts are merged as well.
  for (const minute of [10, 20]) {
    await clickhouse.command(
      `INSERT INTO usage (request_id, timestamp, organization, team, model_name, provider, endpoint, credits_micro)
       SELECT toString(number), '2026-11-21 18:${minute}:00', 'o', 't', 'm', 'p', 'e', 5 FROM numbers(10)`,
    )
  }

  const upgrade = await migrate(clickhouse, { reportingTimeZone: 'Asia/Kathmandu' })
  expect(upgrade.applied).toEqual(
    readdirSync(PRESENT)
      .filter((name) => Number(name.slice(0, 3)) > 8)
      .sort(),
  )
  expect(await migrate(clickhouse, { reportingTimeZone: 'Asia/Kathmandu' })).toMatchObject({ applied: [] })
  await clickhouse.command(
    `INSERT INTO usage (request_id, timestamp, organization, team, model_name, provider, endpoint, credits_micro, requests)
     VALUES ('correction', '2026-11-21 18:20:00', 'o', 't', 'm', 'p', 'e', -5, -1)`,
  )
  const days = [
    { day: '2026-11-21', credits: '0.00005', requests: 10 },
    { day: '2026-11-22', credits: '0.000045', requests: 9 },
  ]
  for (const view of ['live_credits_by_team', 'mv_credits_by_team', 'mv_forecast_inputs']) {
    if (view.startsWith('mv_')) {
      await clickhouse.command(`SYSTEM REFRESH VIEW ${view}`)
      await clickhouse.command(`SYSTEM WAIT VIEW ${view}`)
    }
    const rows = await clickhouse.rows(
      `SELECT toString(day) AS day, toString(credits) AS credits, requests FROM ${view} ORDER BY day`,
    )
    expect(rows, view).toEqual(days)
  }
})

test('a file that was renumbered is noted under its new number, and not run again', async () => {
  const { clickhouse } = database
  await migrate(clickhouse)
  const dir = filesBelow(all, (folder) =>
    renameSync(join(folder, '012_evidence_indexes.sql'), join(folder, '099_evidence_indexes.sql')),
  )
  const mutations = () => clickhouse.rows('SELECT mutation_id FROM system.mutations')
  const before = await mutations()
  expect((await migrate(clickhouse, { dir })).applied).toEqual([])
  expect(await mutations()).toEqual(before)
  const noted = "SELECT name FROM schema_migrations WHERE name LIKE '%evidence_indexes.sql' ORDER BY name"
  expect(await clickhouse.rows(noted)).toEqual([
    { name: '012_evidence_indexes.sql' },
    { name: '099_evidence_indexes.sql' },
  ])
})

test('a number that another file was applied under is refused before anything is run, with what to do', async () => {
  const { clickhouse } = database
  const dir = filesBelow(all, (folder) =>
    renameSync(join(folder, '013_spend_by_day.sql'), join(folder, '005_something_else.sql')),
  )
  rmSync(new URL('005_release_calendar.sql', dir))
  await expect(migrate(clickhouse, { dir })).rejects.toMatchObject({
    code: 'number_taken',
    message: expect.stringMatching(
      /005_something_else\.sql: this database has 005_release_calendar\.sql under that number.* put 005_release_calendar\.sql back, or give 005_something_else\.sql the number \d+/,
    ),
  })
})
