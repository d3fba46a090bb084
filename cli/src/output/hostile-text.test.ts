import { expect, test } from 'vitest'

import { rowsText } from './rows-text.ts'

const ESC = String.fromCharCode(27)
const CSI = String.fromCharCode(0x9b)

test.each([
  '=1+1',
  '+1+1',
  '-1+1',
  '@SUM(A1)',
  '\tx',
  '\rx',
  '\nx',
  '=HYPERLINK("http://x","y")',
  '＝1+1',
  '-',
  '+5',
])('a cell of CSV that begins as a formula is a text: %j', (cell) => {
  const [, line = ''] = rowsText([{ team: cell }], 'csv').split(/\n(.*)/s)
  expect(line.replace(/^"/, '')).toMatch(/^'/)
  expect(line).toContain(cell.replaceAll('"', '""'))
})

test.each(['-5', '-12.500000', '-1.5e+10', '0', '12', '-9223372036854775808'])(
  'a number in CSV stays a number: %s',
  (cell) => expect(rowsText([{ credits: cell }], 'csv')).toBe(`credits\n${cell}`),
)

test('the name of a column is a cell like any other', () => {
  expect(rowsText([{ '=1+1': 1 }], 'csv')).toBe("'=1+1\n1")
})

test('a table shows what would be a command to the terminal', () => {
  const hostile = `a${ESC}[2J${ESC}]0;title${String.fromCharCode(7)}b${CSI}31m\u202Ec\nd\r`
  const [, row = ''] = rowsText([{ user_id: hostile }], 'table').split('\n')
  expect(row.trimEnd()).toBe('a\\u{1b}[2J\\u{1b}]0;title\\u{7}b\\u{9b}31m\\u{202e}c\\u{a}d\\u{d}')
})
