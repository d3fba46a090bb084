import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

export interface CsvRow {
  readonly fields: readonly string[]
  /** 1-based, the header is line 1. */
  readonly line: number
  /** Bytes read up to and including this line, about: line ends count as one. */
  readonly readBytes: number
}

/** Lines of a CSV file without breaks inside quotes (traces have none). The first row is the header. */
export async function* readCsv(path: string): AsyncGenerator<CsvRow> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity })
  let line = 0
  let readBytes = 0
  for await (const text of lines) {
    line += 1
    readBytes += Buffer.byteLength(text) + 1
    if (text.trim() !== '') yield { fields: splitCsvLine(text.replace(/^\uFEFF/, '')), line, readBytes }
  }
}

/** Fields of one line; `"a ""b"", c"` is one field. */
export function splitCsvLine(line: string): readonly string[] {
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let i = 0; i < line.length; i += 1) {
    const character = line[i]
    if (quoted && character === '"' && line[i + 1] === '"') {
      field += '"'
      i += 1
    } else if (character === '"') quoted = !quoted
    else if (character === ',' && !quoted) {
      fields.push(field.trim())
      field = ''
    } else field += character
  }
  return [...fields, field.trim()]
}
