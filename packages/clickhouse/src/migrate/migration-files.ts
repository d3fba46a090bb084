import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

import { MigrationError } from './migration-error.ts'
import { splitStatements } from './split-statements.ts'

export interface Migration {
  readonly version: number
  /** The file's name. */
  readonly name: string
  /** Of the text with its placeholders filled in. */
  readonly checksum: string
  /** Applied again when its checksum changes; any other must never change once it was applied. */
  readonly repeatable: boolean
  readonly statements: readonly string[]
}

export interface Placeholders {
  /** `ON CLUSTER …`, or nothing. */
  readonly on_cluster: string
  /** `Replicated` before an engine's name, or nothing. */
  readonly replicated: string
  readonly reporting_time_zone: string
  /** The zone as part of a name. */
  readonly zone_title: string
}

const FILE_NAME = /^(\d{3})_[a-z0-9_]+\.sql$/

/** The numbered SQL files of a folder in their order, placeholders filled in. */
export function readMigrations(dir: URL, placeholders: Placeholders): Migration[] {
  const names = readdirSync(dir).filter((name) => name.endsWith('.sql'))
  const migrations = names.sort().map((name) => {
    const version = Number(FILE_NAME.exec(name)?.[1])
    if (!Number.isInteger(version)) {
      throw new MigrationError('bad_file', `${name}: a migration is called NNN_what_it_does.sql`)
    }
    const raw = readFileSync(new URL(name, dir), 'utf8')
    const text = fillIn(raw, placeholders)
    const checksum = createHash('sha256').update(text).digest('hex').slice(0, 16)
    return {
      version,
      name,
      checksum,
      repeatable: raw.startsWith('-- repeatable'),
      statements: splitStatements(text),
    }
  })
  if (new Set(migrations.map(({ version }) => version)).size !== migrations.length) {
    throw new MigrationError('bad_file', 'two migrations have the same number')
  }
  return migrations
}

function fillIn(text: string, placeholders: Placeholders): string {
  return text.replaceAll(/\{([a-z_]+)\}/g, (whole, name: string) =>
    Object.hasOwn(placeholders, name) ? placeholders[name as keyof Placeholders] : whole,
  )
}
