import { createClickhouse, migrate } from '@meterline/clickhouse'
import type { Clickhouse } from '@meterline/clickhouse'
import { afterAll, beforeAll, inject } from 'vitest'

export interface OwnDatabase {
  /** Connected before the first test. */
  readonly clickhouse: Clickhouse
}

/** A database for the tests of one file on the shared ClickHouse, with all its tables; it is dropped after them. */
export function ownDatabase(title: string, { isMigrated = true } = {}): OwnDatabase {
  let opened: Clickhouse | undefined
  beforeAll(async () => {
    const { url, user: username, password, database: shared } = inject('stack').clickhouse
    const database = `meterline_${title}_${process.pid}`
    const founder = createClickhouse({ url, database: shared, username, password })
    await founder.command(`CREATE DATABASE ${database}`)
    await founder.close()
    opened = createClickhouse({ url, database, username, password })
    if (isMigrated) await migrate(opened)
  })
  afterAll(async () => {
    await opened?.command(`DROP DATABASE IF EXISTS ${opened.database}`)
    await opened?.close()
  })
  return {
    get clickhouse() {
      if (opened === undefined) throw new TypeError('asked for before the tests began')
      return opened
    },
  }
}
