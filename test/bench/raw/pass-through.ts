import { join } from 'node:path'

import type { Bench } from '../bench.ts'
import { runProgram } from '../measure/program.ts'
import { RAW_TOPIC } from '../stack/raw-topic.ts'
import type { PassInput, PassResult } from './kafkajs-pass.ts'

const PASS = join(import.meta.dirname, 'kafkajs-pass.ts')
const DEADLINE_MS = 50_000

const MODES = {
  'kafkajs consume': 'consume',
  'kafkajs consume and transactional produce': 'pass-transactional',
} as const

/** What the client itself does with the first `records` of a topic, per second. */
export async function passThrough(
  bench: Bench,
  of: { readonly topic: string; readonly records: number },
): Promise<Record<string, number>> {
  const limits: Record<string, number> = {}
  for (const [what, mode] of Object.entries(MODES)) {
    const input: PassInput = {
      brokers: bench.stack.brokers,
      from: of.topic,
      to: RAW_TOPIC,
      records: of.records,
      mode,
    }
    try {
      const result = await runProgram<PassResult>(PASS, {
        input,
        deadlineMs: DEADLINE_MS,
        signal: bench.signal,
        profileDir: bench.options.profileDir,
      })
      limits[what] = result.records / result.seconds
    } catch (error) {
      // What was measured of ours stands without its limit, too.
      bench.signal.throwIfAborted()
      bench.say(`${what}: not measured: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return limits
}
