import { ClickhouseError } from '@meterline/clickhouse'
import { Command, Option } from 'commander'
import { text as textOf } from 'node:stream/consumers'

import { CliError, usageError } from '../cli-error.ts'
import { openConnection } from '../connection/connection.ts'
import { rowsText } from '../output/rows-text.ts'
import type { RowsFormat } from '../output/rows-text.ts'
import { jsonOption, stateDirOption } from './options.ts'

interface SqlFlags {
  readonly format: RowsFormat
  readonly json?: boolean
  readonly stateDir?: string
}

/** As text no figure is rounded; a JSON number would be from 2^53 on. */
const EXACT_AS_TEXT = { output_format_json_quote_64bit_integers: 1, output_format_json_quote_decimals: 1 }

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
        '  $ npx meterline sql "SELECT day, team, sum(credits) AS credits FROM live_credits_by_team GROUP BY ALL ORDER BY ALL"\n' +
        '  $ npx meterline sql "SHOW TABLES NOT LIKE \'.%\'"',
    )
    .action(sql)
}

async function sql(argument: string | undefined, flags: SqlFlags): Promise<void> {
  const query = argument ?? (process.stdin.isTTY ? '' : await textOf(process.stdin))
  if (query.trim() === '')
    throw usageError('give a statement, for instance: meterline sql "SELECT count() FROM usage"')
  const statement = query.replace(/;\s*$/, '')
  if (/\bFORMAT\s+\w+$/i.test(statement.trimEnd()))
    throw usageError('leave FORMAT out of the statement; --format says how the answer is printed')
  const clickhouse = openConnection(flags).openClickhouseReader()
  try {
    const format = flags.json ? 'json' : flags.format
    const rows = await clickhouse
      .rows<Record<string, unknown>>(statement, { settings: format === 'json' ? {} : EXACT_AS_TEXT })
      .catch((error: unknown) => {
        throw sqlError(error)
      })
    const text = rowsText(rows, format)
    if (text !== '') console.log(text)
  } finally {
    await clickhouse.close()
  }
}

/** The server's sentence without the clause our client added, and without the list of every token it would have taken. */
function sqlError(error: unknown): unknown {
  if (!(error instanceof ClickhouseError)) return error
  const message = error.message
    .replace(/\s*FORMAT JSONEachRow\b/, '')
    .replace(/ Expected (one of: .*|end of query)\.?\s*$/s, '')
    .trim()
  return new CliError(message)
}
