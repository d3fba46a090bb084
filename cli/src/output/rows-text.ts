import { printable } from './printable.ts'
import { tableText } from './table.ts'

export type RowsFormat = 'table' | 'json' | 'csv'
const NUMERAL = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/
/** What spreadsheets take for a formula; the last four are its full-width forms. */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/

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
      title: printable(title),
      align: rows.every((row) => NUMERAL.test(plain(row[title]))) ? 'right' : 'left',
      text: (row: Row) => printable(plain(row[title])),
    })),
    rows,
  )
}

/** RFC 4180: quoted where a comma, a quote or a line break would be misread. */
function csvCell(cell: string): string {
  // An id such as =HYPERLINK(…) would be run by whoever opens the file; behind an apostrophe it is a text.
  const text = FORMULA.test(cell) && !NUMERAL.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function csvText(rows: readonly Row[]): string {
  const columns = columnsOf(rows)
  const line = (cells: readonly string[]): string => cells.map(csvCell).join(',')
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
