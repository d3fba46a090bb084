import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { random } from './random.ts'

/** One request of a production trace. */
export interface TraceRow {
  readonly timestampMs: number
  readonly contextTokens: number
  readonly generatedTokens: number
}

const REAL_TRACE = join(import.meta.dirname, '../../../../shared/data/azure-llm-2023/conversation.csv')
const GENERATED_ROWS = 19_366

/** The recorded hour when it lies beside the repository, else a generated one of the same size and shape. */
export function loadTrace(): { readonly source: string; readonly rows: readonly TraceRow[] } {
  if (existsSync(REAL_TRACE))
    return { source: 'recorded', rows: parseTrace(readFileSync(REAL_TRACE, 'utf8')) }
  return { source: 'generated', rows: generateTrace(GENERATED_ROWS) }
}

function parseTrace(csv: string): TraceRow[] {
  return csv
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [time = '', context, generated] = line.split(',')
      return {
        timestampMs: Date.parse(`${time.slice(0, 23).replace(' ', 'T')}Z`),
        contextTokens: Number(context),
        generatedTokens: Number(generated),
      }
    })
}

/** Log-normal prompts and answers over one hour, with the recorded trace's medians (1,020 and 129 tokens). */
function generateTrace(rows: number): TraceRow[] {
  const next = random(7)
  const gauss = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return Array.from({ length: rows }, (_, index) => ({
    timestampMs: Math.floor((index * 3_600_000) / rows),
    contextTokens: Math.max(1, Math.min(14_000, Math.round(1_020 * Math.exp(1.1 * gauss())))),
    generatedTokens: Math.max(1, Math.min(1_000, Math.round(129 * Math.exp(0.9 * gauss())))),
  }))
}
