import { stripVTControlCharacters } from 'node:util'

// A terminal colour is a control sequence.
// oxlint-disable-next-line no-control-regex
const PARTS = /(\u001B\[[0-9;]*m)|([^\u001B]+)/g
const RESET = '\u001B[0m'

/** Cuts a coloured line to what a terminal of that width shows in one row: a wrapped line would be two to draw over. */
export function fitLine(line: string, columns: number): string {
  if (stripVTControlCharacters(line).length <= columns) return line
  let left = Math.max(0, columns - 1)
  let fitted = ''
  for (const [, color, text] of line.matchAll(PARTS)) {
    if (color !== undefined) fitted += color
    else if (text !== undefined) {
      fitted += text.slice(0, left)
      left -= Math.min(left, text.length)
    }
  }
  return `${fitted}${line.includes('\u001B') ? RESET : ''}…`
}
