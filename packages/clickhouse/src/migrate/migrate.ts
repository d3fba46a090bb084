import type { Clickhouse } from '../clickhouse.ts'
import { readMigrations } from './migration-files.ts'
import type { Migration } from './migration-files.ts'
import { dropOtherDays, zoneTitle } from './day-projections.ts'
import { judgeMigration } from './judge-migration.ts'
import type { Note } from './judge-migration.ts'
import { MigrationError } from './migration-error.ts'

export interface MigrateOptions {
  /** IANA name. Days and months of the `live_*` and `mv_*` views are its calendar's; given anew, the views follow it. */
  readonly reportingTimeZone?: string
  /** Name of the cluster to create everything on, with replicated engines. One server when left out. */
  readonly cluster?: string
  /** Folder of the numbered SQL files. */
  readonly dir?: URL
}

export interface MigrationReport {
  /** Names of the files that were run now, in order. */
  readonly applied: readonly string[]
  /** Names of the files that were there already. */
  readonly present: readonly string[]
}

/** A projection is dropped from every part of a large table before the next statement. */
const STATEMENT_TIMEOUT_MS = 600_000
const MIGRATIONS_DIR = new URL('../../../../infra/clickhouse/', import.meta.url)

/**
 * Brings the database to the state of `infra/clickhouse`. Safe to run twice, and by two at once: every statement can be run
 * again, and a file is noted as applied only after its last one. All files are judged before the first statement.
 *
 * @throws MigrationError, ClickhouseError
 */
export async function migrate(
  clickhouse: Clickhouse,
  options: MigrateOptions = {},
): Promise<MigrationReport> {
  const { reportingTimeZone = 'UTC', cluster, dir = MIGRATIONS_DIR } = options
  assertTimeZone(reportingTimeZone)
  const placeholders = {
    on_cluster: cluster === undefined ? '' : `ON CLUSTER '${cluster}'`,
    replicated: cluster === undefined ? '' : 'Replicated',
    reporting_time_zone: reportingTimeZone,
    zone_title: zoneTitle(reportingTimeZone),
  }
  const migrations = readMigrations(dir, placeholders)
  await clickhouse.command(
    BOOKKEEPING.replace('{on_cluster}', placeholders.on_cluster).replace(
      '{replicated}',
      placeholders.replicated,
    ),
  )
  const notes = await readNotes(clickhouse)
  const standings = migrations.map((migration) => judgeMigration(migration, { notes, migrations }))
  const applied: string[] = []
  for (const [index, migration] of migrations.entries()) {
    const standing = standings[index]
    if (standing === 'present') continue
    if (standing === 'due') {
      for (const statement of migration.statements) {
        await clickhouse.command(statement, { timeoutMs: STATEMENT_TIMEOUT_MS })
      }
      applied.push(migration.name)
    }
    await note(clickhouse, migration)
  }
  if (applied.length > 0) await dropOtherDays(clickhouse, placeholders)
  const present = migrations.map(({ name }) => name).filter((name) => !applied.includes(name))
  return { applied, present }
}

function assertTimeZone(name: string): void {
  // It becomes part of a statement, so its letters are looked at before anything else.
  if (/^[A-Za-z0-9_+/-]+$/.test(name) && isTimeZone(name)) return
  throw new MigrationError('bad_time_zone', `${name} is no IANA time zone`)
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

async function readNotes(clickhouse: Clickhouse): Promise<Note[]> {
  return clickhouse.rows<Note>(
    'SELECT version, argMax(schema_migrations.name, applied_at) AS name, argMax(schema_migrations.checksum, applied_at) AS checksum FROM schema_migrations GROUP BY version',
  )
}

async function note(clickhouse: Clickhouse, { version, name, checksum }: Migration): Promise<void> {
  await clickhouse.command(
    'INSERT INTO schema_migrations (version, name, checksum) VALUES ({version:UInt32}, {name:String}, {checksum:String})',
    { parameters: { version, name, checksum } },
  )
}

const BOOKKEEPING = `CREATE TABLE IF NOT EXISTS schema_migrations {on_cluster}
(version UInt32, name String, checksum String, applied_at DateTime64(6, 'UTC') DEFAULT now64(6))
ENGINE = {replicated}MergeTree ORDER BY (version, applied_at)`
