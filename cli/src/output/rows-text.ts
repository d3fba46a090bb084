import { tableText } from './table.ts'

export type RowsFormat = 'table' | 'json' | 'csv'
const NUMERAL = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/

type Row = Readonly<Record<string, unknown>>

/** Rows of a query for people or for programs. */
export function rowsText(rows: readonly Row[], format: RowsFormat): string {
  switch (format) {
    case 'json':
      return JSON.stringify(rows, null, 2)
    case 'csv':
      return csvText(rows)
    case 'table':
      return rows.length === 0 ? 'No rows.' : rowsTable(rows)
  }
}

function rowsTable(rows: readonly Row[]): string {
  return tableText(
    columnsOf(rows).map((title) => ({
      title,
      align: rows.every((row) => NUMERAL.test(plain(row[title]))) ? 'right' : 'left',
      text: (row: Row) => plain(row[title]),
    })),
    rows,
  )
}

/** RFC 4180: quoted where a comma, a quote or a line break would be misread. */
function csvText(rows: readonly Row[]): string {
  const columns = columnsOf(rows)
  const line = (cells: readonly string[]): string =>
    cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')
  return rows.length === 0
    ? ''
    : [line(columns), ...rows.map((row) => line(columns.map((column) => plain(row[column]))))].join('\n')
}

function columnsOf(rows: readonly Row[]): readonly string[] {
  return Object.keys(rows[0] ?? {})
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
