import type { CsvRow } from './csv.ts'
import type { TraceMapping } from './trace-mapping.ts'

/** One row of a trace, as far as it says something. */
export interface TraceRow {
  readonly line: number
  readonly time: TraceTime
  readonly units: Readonly<Record<string, number>>
  /** Event fields that the file states, by their names. */
  readonly stated: Readonly<Record<string, string>>
}

/** Either a moment, or seconds since the trace began. Milliseconds. */
export type TraceTime =
  | { readonly kind: 'at'; readonly ms: number }
  | { readonly kind: 'since'; readonly ms: number }

export type ParsedRow =
  | { readonly ok: true; readonly row: TraceRow }
  | { readonly ok: false; readonly line: number; readonly problem: string }

export function parseTraceRow({ fields, line }: CsvRow, { columns }: TraceMapping): ParsedRow {
  const units: Record<string, number> = {}
  const stated: Record<string, string> = {}
  let time: TraceTime | undefined
  for (const [field, index] of columns) {
    const text = fields[index] ?? ''
    if (field === 'timestamp') {
      time = parseTime(text)
      if (time === undefined) return { ok: false, line, problem: `"${text}" is no time` }
    } else if (field.startsWith('units.')) {
      const amount = Number(text)
      if (text === '' || !Number.isFinite(amount) || amount < 0) {
        return { ok: false, line, problem: `"${text}" is no amount of ${field.slice('units.'.length)}` }
      }
      units[field.slice('units.'.length)] = amount
    } else if (text !== '') stated[field] = text
  }
  if (time === undefined) return { ok: false, line, problem: 'no timestamp' }
  return { ok: true, row: { line, time, units, stated } }
}

const SMALLEST_EPOCH_SECONDS = 1e9
const SMALLEST_EPOCH_MS = 1e12

/**
 * Numbers below 1e9 are seconds since the trace began, below 1e12 seconds since 1970, others milliseconds. Text is ISO 8601,
 * with a space for the `T` and up to seven digits of a second as the Azure traces have it; without a zone it is UTC.
 */
export function parseTime(text: string): TraceTime | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) {
    const value = Number(text)
    if (value < SMALLEST_EPOCH_SECONDS) return { kind: 'since', ms: Math.round(value * 1_000) }
    return { kind: 'at', ms: Math.round(value < SMALLEST_EPOCH_MS ? value * 1_000 : value) }
  }
  const parts = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?$/.exec(text)
  if (parts === null) return undefined
  const [, date = '', clock = '', fraction = '', zone = 'Z'] = parts
  const ms = Date.parse(`${date}T${clock}${fraction.slice(0, 4)}${zone}`)
  return Number.isNaN(ms) ? undefined : { kind: 'at', ms }
}
