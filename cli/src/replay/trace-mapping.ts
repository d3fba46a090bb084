import { usageError } from '../cli-error.ts'

/** Which column says what: a field of the usage event (`timestamp`, `model_name`, …) or a meter (`units.tokens_input`). */
export interface TraceMapping {
  readonly name: string
  /** Event field or `units.<meter>` to the column's index. */
  readonly columns: ReadonlyMap<string, number>
}

const FIELDS = new Set([
  'timestamp',
  'request_id',
  'provider',
  'model_name',
  'operation_type',
  'user_id',
  'customer_id',
  'endpoint',
  'prompt_version',
  'product',
  'session_id',
  'error_code',
  'response_latency_ms',
])

const KNOWN_TRACES = [
  {
    name: 'Azure LLM inference trace',
    fields: {
      timestamp: 'TIMESTAMP',
      'units.tokens_input': 'ContextTokens',
      'units.tokens_output': 'GeneratedTokens',
    },
  },
  {
    name: 'BurstGPT trace',
    fields: {
      timestamp: 'Timestamp',
      model_name: 'Model',
      'units.tokens_input': 'Request tokens',
      'units.tokens_output': 'Response tokens',
      endpoint: 'Log Type',
    },
  },
] as const

/** Recognizes the file by its header. Throws a usage error that shows how to say it by hand. */
export function detectMapping(header: readonly string[]): TraceMapping {
  for (const { name, fields } of KNOWN_TRACES) {
    const columns = new Map(Object.entries(fields).map(([field, column]) => [field, header.indexOf(column)]))
    if ([...columns.values()].every((index) => index >= 0)) return { name, columns }
  }
  if (header.length < 2)
    throw usageError(`the first line, "${header.join('')}", names no columns: is this a CSV file?`)
  throw usageError(
    `the columns ${header.join(', ')} are of no trace I know; name them, for instance ` +
      `--mapping timestamp=${header[0] ?? 'time'},units.tokens_input=${header[1] ?? 'in'},units.tokens_output=${header[2] ?? 'out'}`,
  )
}

/** `timestamp=TIME,units.tokens_input=In` against the header. */
export function parseMapping(text: string, header: readonly string[]): TraceMapping {
  const columns = new Map<string, number>()
  for (const part of text.split(',')) {
    const [field = '', column = ''] = part.split('=').map((side) => side.trim())
    if (!FIELDS.has(field) && !/^units\.[a-z0-9_]+$/.test(field)) {
      throw usageError(
        `--mapping: "${field}" is no field of a usage event; known: ${[...FIELDS].join(', ')}, units.<meter>`,
      )
    }
    const index = header.indexOf(column)
    if (index < 0) throw usageError(`--mapping: no column "${column}"; the file has ${header.join(', ')}`)
    columns.set(field, index)
  }
  if (!columns.has('timestamp')) throw usageError('--mapping: say which column is the timestamp')
  if (![...columns.keys()].some((field) => field.startsWith('units.'))) {
    throw usageError('--mapping: say which column is a meter, for instance units.tokens_input=ContextTokens')
  }
  return { name: 'mapped columns', columns }
}
