import { MigrationError } from './migration-error.ts'
import type { Migration } from './migration-files.ts'

/** A line of `schema_migrations`: the newest of its number. */
export interface Note {
  readonly version: number
  readonly name: string
  readonly checksum: string
}

export interface History {
  readonly notes: readonly Note[]
  /** All files, in their order. */
  readonly migrations: readonly Migration[]
}

/**
 * - `present`: applied as it is.
 * - `renumbered`: applied as it is, under another number: it is noted, not run.
 * - `due`: never applied, or repeatable and not as it is now.
 */
export type Standing = 'present' | 'renumbered' | 'due'

/**
 * What has to be done with a file. A file is known by its number, and after that by its content: its number may have changed
 * since it was applied.
 *
 * @throws MigrationError `changed`, `number_taken`
 */
export function judgeMigration(migration: Migration, { notes, migrations }: History): Standing {
  const { name, version, checksum, repeatable } = migration
  const own = notes.find((note) => note.version === version)
  if (own?.checksum === checksum) return 'present'
  if (own !== undefined && titleOf(own.name) === titleOf(name)) {
    if (repeatable) return 'due'
    throw new MigrationError(
      'changed',
      `${name} is not what was applied: put it back and write a new migration`,
    )
  }
  if (own !== undefined && !migrations.some((other) => isOf(other, own))) {
    const free = Math.max(...notes.map((note) => note.version), ...migrations.map((each) => each.version)) + 1
    throw new MigrationError(
      'number_taken',
      `${name}: this database has ${own.name} under that number, and no such file is here: put ${own.name} back, or give ${name} the number ${free}`,
    )
  }
  const others = notes.filter((note) => note.version !== version)
  if (others.some((note) => note.checksum === checksum)) return 'renumbered'
  const before = others.find((note) => titleOf(note.name) === titleOf(name))
  if (before !== undefined && !repeatable) {
    throw new MigrationError(
      'changed',
      `${name} was applied as ${before.name} with another text: put that text back and write a new migration`,
    )
  }
  return 'due'
}

const isOf = (migration: Migration, note: Note): boolean =>
  migration.checksum === note.checksum || titleOf(migration.name) === titleOf(note.name)

/** What a file is called without its number. */
const titleOf = (name: string): string => name.replace(/^\d+_/, '')
