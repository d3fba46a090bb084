import { existsSync } from 'node:fs'

import { CliError, usageError } from '../cli-error.ts'
import { readCsv } from '../replay/csv.ts'
import { parseTime } from '../replay/trace-row.ts'

export interface SeriesRow {
  /** As it stands in the file: what is printed can be joined with it. */
  readonly timestamp: string
  readonly timestampMs: number
  readonly value: number
}

/** The rows of a CSV file with the columns timestamp and value, in time order. */
export async function readSeries(path: string): Promise<readonly SeriesRow[]> {
  if (!existsSync(path)) throw usageError(`there is no file ${path}`)
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
