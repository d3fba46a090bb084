import { describe, expect, test } from 'vitest'

import { judgeMigration } from './judge-migration.ts'
import type { Note } from './judge-migration.ts'
import type { Migration } from './migration-files.ts'

const file = (name: string, checksum: string, repeatable = false): Migration => ({
  version: Number(name.slice(0, 3)),
  name,
  checksum,
  repeatable,
  statements: [],
})
const note = (name: string, checksum: string): Note => ({
  version: Number(name.slice(0, 3)),
  name,
  checksum,
})
const judge = (migration: Migration, notes: readonly Note[], others: readonly Migration[] = []) =>
  judgeMigration(migration, { notes, migrations: [...others, migration] })

describe('a file whose number is known', () => {
  test('as it was applied is present', () => {
    expect(judge(file('001_a.sql', 'x'), [note('001_a.sql', 'x')])).toBe('present')
  })

  test('with another text is due when it is repeatable, else refused', () => {
    expect(judge(file('001_a.sql', 'y', true), [note('001_a.sql', 'x')])).toBe('due')
    expect(() => judge(file('001_a.sql', 'y'), [note('001_a.sql', 'x')])).toThrow('001_a.sql is not what')
  })

  test('a view that takes an earlier text again is run, whatever other numbers had that text', () => {
    const notes = [note('006_a.sql', 'x'), note('010_a.sql', 'y')]
    expect(judge(file('010_a.sql', 'x', true), notes)).toBe('due')
  })

  test('under the name of a file that is gone is refused, and told what to do', () => {
    expect(() => judge(file('007_new.sql', 'y', true), [note('007_old.sql', 'x')])).toThrow(
      'this database has 007_old.sql under that number, and no such file is here: put 007_old.sql back, or give 007_new.sql the number 8',
    )
  })

  test('under the name of a file that has another number now is due', () => {
    const moved = file('010_old.sql', 'z', true)
    expect(judge(file('007_new.sql', 'y'), [note('007_old.sql', 'x')], [moved])).toBe('due')
  })
})

describe('a file whose number is new', () => {
  test('is due', () => {
    expect(judge(file('002_b.sql', 'y'), [note('001_a.sql', 'x')])).toBe('due')
  })

  test('with a text that was applied under another number is renumbered: it is not run again', () => {
    expect(judge(file('010_a.sql', 'x'), [note('006_a.sql', 'x')])).toBe('renumbered')
    expect(judge(file('010_b.sql', 'x'), [note('006_a.sql', 'x')])).toBe('renumbered')
  })

  test('renumbered and changed is due when it is repeatable, else refused', () => {
    expect(judge(file('010_a.sql', 'y', true), [note('006_a.sql', 'x')])).toBe('due')
    expect(() => judge(file('010_a.sql', 'y'), [note('006_a.sql', 'x')])).toThrow(
      '010_a.sql was applied as 006_a.sql with another text',
    )
  })
})
