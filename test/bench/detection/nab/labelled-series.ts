import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Observation } from '@meterline/domain'

/** Rows of a series that are labelled as one anomaly, both ends included. */
export interface RowRange {
  readonly first: number
  readonly last: number
}

export interface LabelledSeries {
  /** `group/file.csv`, as in `windows.json`. */
  readonly name: string
  readonly group: string
  readonly rows: readonly Observation[]
  readonly windows: readonly RowRange[]
}

const DATA = join(import.meta.dirname, '../../../../../shared/data/nab')

/** The labelled series in `../shared/data/nab` beside the repository; undefined when that folder is absent. */
export function readLabelledSeries(folder = DATA): LabelledSeries[] | undefined {
  const labels = join(folder, 'windows.json')
  if (!existsSync(labels)) return undefined
  const windows = JSON.parse(readFileSync(labels, 'utf8')) as Record<string, [string, string][]>
  return globSync('*/*.csv', { cwd: folder })
    .sort()
    .map((name) => {
      const rows = parseRows(readFileSync(join(folder, name), 'utf8'))
      const [group = ''] = name.split('/')
      const labelled = windows[name]
      if (labelled === undefined) throw new Error(`windows.json has no entry for ${name}`)
      return { name, group, rows, windows: labelled.map(([from, to]) => rowRange(rows, from, to)) }
    })
}

function parseRows(csv: string): Observation[] {
  const [, ...lines] = csv.trim().split('\n')
  return lines.map((line) => {
    const [timestamp = '', value = ''] = line.split(',')
    return { timestampMs: instant(timestamp), value: Number(value) }
  })
}

function rowRange(rows: readonly Observation[], from: string, to: string): RowRange {
  const first = rows.findIndex(({ timestampMs }) => timestampMs >= instant(from))
  const last = rows.findLastIndex(({ timestampMs }) => timestampMs <= instant(to))
  if (first < 0 || last < first) throw new Error(`no rows between ${from} and ${to}`)
  return { first, last }
}

/** `2014-02-26 13:45:00.000000` has no zone: it is taken as UTC. */
function instant(text: string): number {
  return Date.parse(`${text.trim().slice(0, 19).replace(' ', 'T')}Z`)
}
