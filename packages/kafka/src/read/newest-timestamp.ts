import type { KafkaClient } from '../connection/client.ts'
import { readLogBounds } from './offsets.ts'
import { readLog } from './read-log.ts'

/** Timestamp of the last committed record, milliseconds; `undefined` for a log without records. Looks back in doubling steps. */
export async function newestTimestamp(
  client: KafkaClient,
  at: { readonly topic: string; readonly partition: number },
): Promise<number | undefined> {
  const { low, stable } = await readLogBounds(client.reads, at)
  for (let back = FIRST_STEP; ; back *= 2) {
    const fromOffset = Math.max(low, stable - back)
    let newestMs: number | undefined
    for await (const records of readLog(client, { ...at, fromOffset, to: 'end' })) {
      newestMs = records.at(-1)?.timestampMs ?? newestMs
    }
    if (newestMs !== undefined || fromOffset <= low) return newestMs
  }
}

/** The last offsets of a transaction's log are its marker and its last record. */
const FIRST_STEP = 16
