import { backtestSeries } from '@meterline/domain'
import { Command } from 'commander'
import { existsSync } from 'node:fs'

import { CliError, usageError } from '../cli-error.ts'
import { readCsv } from '../replay/csv.ts'
import { parseTime } from '../replay/trace-row.ts'
import { jsonOption, timeZoneName } from './options.ts'

interface SeriesRow {
  /** As it stands in the file: what is printed can be joined with it. */
  readonly timestamp: string
  readonly timestampMs: number
  readonly value: number
}

export function backtestCommand(): Command {
  return new Command('backtest')
    .description('score a series (timestamp,value) with the very code that scores live spend')
    .argument('<series.csv>', 'rows in time order; the first line names the columns')
    .option('--time-zone <zone>', 'whose days and weeks the season follows', timeZoneName, 'UTC')
    .addOption(jsonOption())
    .addHelpText('after', '\nPrints timestamp,value,score,anomaly (0 or 1) for each row.')
    .action(backtest)
}

async function backtest(
  path: string,
  flags: { readonly timeZone: string; readonly json?: boolean },
): Promise<void> {
  if (!existsSync(path)) throw usageError(`there is no file ${path}`)
  const series = await readSeries(path)
  const scored = backtestSeries(series, { timeZone: flags.timeZone })
  const rows = scored.map(({ value, score, anomaly }, index) => ({
    timestamp: series[index]?.timestamp ?? '',
    value,
    score: Number(score.toFixed(6)),
    anomaly: anomaly ? 1 : 0,
  }))
  if (flags.json) console.log(JSON.stringify(rows))
  else {
    const lines = rows.map((row) => `${row.timestamp},${row.value},${row.score},${row.anomaly}`)
    console.log(['timestamp,value,score,anomaly', ...lines].join('\n'))
  }
}

async function readSeries(path: string): Promise<readonly SeriesRow[]> {
  const rows: SeriesRow[] = []
  let columns: { readonly time: number; readonly value: number } | undefined
  for await (const { fields, line } of readCsv(path)) {
    if (columns === undefined) {
      columns = { time: fields.indexOf('timestamp'), value: fields.indexOf('value') }
      if (columns.time < 0 || columns.value < 0) {
        throw usageError(`${path} needs the columns timestamp and value; it has ${fields.join(', ')}`)
      }
      continue
    }
    const timestamp = fields[columns.time] ?? ''
    const value = Number(fields[columns.value] === '' ? Number.NaN : fields[columns.value])
    const time = parseTime(timestamp)
    if (time === undefined || !Number.isFinite(value))
      throw new CliError(`${path}:${line} has no time or no value`)
    if (time.ms < (rows.at(-1)?.timestampMs ?? -Infinity))
      throw new CliError(`${path}:${line} goes back in time`)
    rows.push({ timestamp, timestampMs: time.ms, value })
  }
  if (rows.length === 0) throw new CliError(`${path} has no rows`)
  return rows
}
