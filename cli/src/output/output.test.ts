import { expect, test } from 'vitest'

import { fitLine } from './fit-line.ts'
import { creditsText, durationText, percentText } from './format.ts'
import { rowsText } from './rows-text.ts'

test.each([
  [0, '0.00'],
  [1_234_567, '1.23'],
  [999_994_999, '999.99'],
  [451_200_000_000, '451,200'],
  [-5_500_000, '-5.50'],
])('%d micro-credits read as %s', (micro, text) => {
  expect(creditsText(micro)).toBe(text)
})

test('durations and shares', () => {
  expect([durationText(12.4), durationText(3_210), durationText(95_000)]).toEqual([
    '12 ms',
    '3.2 s',
    '1 min 35 s',
  ])
  expect(percentText(0.9024)).toBe('90.2 %')
})

const rows = [
  { team: 'payments', credits: 12.5, note: 'a "quoted", text' },
  { team: 'risk', credits: 3, note: null },
]

test('rows as CSV can be read again', () => {
  expect(rowsText(rows, 'csv')).toBe('team,credits,note\npayments,12.5,"a ""quoted"", text"\nrisk,3,')
  expect(rowsText([], 'csv')).toBe('')
})

test('rows as a table are aligned, figures to the right', () => {
  const lines = rowsText(rows, 'table')
    .split('\n')
    .map((line) => line.trimEnd())
  expect(lines[1]).toMatch(/^payments {5}12\.5/)
  expect(lines[2]).toMatch(/^risk {12}3$/)
  expect(rowsText([], 'table')).toBe('No rows.')
})

test('rows as JSON are the rows', () => {
  expect(JSON.parse(rowsText(rows, 'json'))).toEqual(rows)
})

test('a line is cut to the width that is seen, its colours kept', () => {
  expect(fitLine('short', 10)).toBe('short')
  expect(fitLine('0123456789', 10)).toBe('0123456789')
  expect(fitLine('01234567890', 10)).toBe('012345678…')
  expect(fitLine('\u001B[31m0123\u001B[39m4567890', 6)).toBe('\u001B[31m0123\u001B[39m4\u001B[0m…')
  expect(fitLine('\u001B[31m01234\u001B[39m', 5)).toBe('\u001B[31m01234\u001B[39m')
})
