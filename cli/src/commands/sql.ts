import { Command, Option } from 'commander'
import { text as textOf } from 'node:stream/consumers'

import { usageError } from '../cli-error.ts'
import { openConnection } from '../connection/connection.ts'
import { rowsText } from '../output/rows-text.ts'
import type { RowsFormat } from '../output/rows-text.ts'
import { jsonOption, stateDirOption } from './options.ts'

interface SqlFlags {
  readonly format: RowsFormat
  readonly json?: boolean
  readonly stateDir?: string
}

export function sqlCommand(): Command {
  return new Command('sql')
    .description('ask ClickHouse, as the user that only reads')
    .argument('[query]', 'the statement; read from standard input when left out')
    .addOption(
      new Option('--format <format>', 'of the answer').choices(['table', 'json', 'csv']).default('table'),
    )
    .addOption(jsonOption())
    .addOption(stateDirOption())
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  $ pnpm meterline sql "SELECT day, team, sum(credits) AS credits FROM live_credits_by_team GROUP BY ALL ORDER BY ALL"\n' +
        '  $ pnpm meterline sql "SHOW TABLES"',
    )
    .action(sql)
}

async function sql(argument: string | undefined, flags: SqlFlags): Promise<void> {
  const query = argument ?? (process.stdin.isTTY ? '' : await textOf(process.stdin))
  if (query.trim() === '')
    throw usageError('give a statement, for instance: meterline sql "SELECT count() FROM usage"')
  const clickhouse = openConnection(flags).openClickhouseReader()
  try {
    const rows = await clickhouse.rows<Record<string, unknown>>(query.replace(/;\s*$/, ''))
    const text = rowsText(rows, flags.json ? 'json' : flags.format)
    if (text !== '') console.log(text)
  } finally {
    await clickhouse.close()
  }
}
