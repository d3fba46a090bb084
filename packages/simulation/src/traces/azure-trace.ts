import { createRandom } from '../random/random.ts'
import { rhythmAt } from '../traffic/rhythm.ts'

export interface TraceOptions {
  readonly seed: string
  readonly rows: number
  /** Start of the trace, milliseconds since the epoch. */
  readonly startMs: number
  readonly durationMs: number
}

/** CSV of the shape of the Azure LLM inference traces: `TIMESTAMP,ContextTokens,GeneratedTokens`, times in UTC with 100 ns digits. */
export function azureTraceCsv(options: TraceOptions): string {
  const random = createRandom(`${options.seed}/azure`)
  const lines = arrivals(options).map((timeMs) => {
    const context = Math.min(14_050, Math.max(1, Math.round(random.logNormal(1_020, 0.95))))
    const generated = Math.min(1_000, Math.max(1, Math.round(random.logNormal(129, 1.05))))
    const digits = String(random.below(10_000)).padStart(4, '0')
    return `${new Date(timeMs).toISOString().slice(0, -1).replace('T', ' ')}${digits},${context},${generated}`
  })
  return `TIMESTAMP,ContextTokens,GeneratedTokens\n${lines.join('\n')}\n`
}

/** CSV of the shape of BurstGPT: seconds since the start of the trace, the model, and its tokens. */
export function burstGptTraceCsv(options: TraceOptions): string {
  const random = createRandom(`${options.seed}/burst`)
  const lines = arrivals(options).map((timeMs) => {
    const request = Math.max(1, Math.round(random.logNormal(400, 1.1)))
    const response = Math.max(1, Math.round(random.logNormal(180, 0.9)))
    const model = random.next() < 0.9 ? 'ChatGPT' : 'GPT-4'
    const log = random.next() < 0.8 ? 'Conversation log' : 'API log'
    return `${Math.floor((timeMs - options.startMs) / 1_000)},${model},${request},${response},${request + response},${log}`
  })
  return `Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n${lines.join('\n')}\n`
}

/** Arrival times that follow the rhythm of the day, in order. */
function arrivals({ seed, rows, startMs, durationMs }: TraceOptions): readonly number[] {
  const random = createRandom(`${seed}/arrivals`)
  const times: number[] = []
  while (times.length < rows) {
    const timeMs = startMs + random.below(durationMs)
    if (random.next() < rhythmAt(timeMs)) times.push(timeMs)
  }
  return times.sort((a, b) => a - b)
}
