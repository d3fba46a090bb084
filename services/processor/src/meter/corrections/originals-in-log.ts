import { FRAME_BYTES, framedSchemaId, type SchemaReader, TOPICS } from '@meterline/contract'
import type { MeteredUsage } from '@meterline/domain'
import { type KafkaClient, readLog, readLogBounds } from '@meterline/kafka'
import type { LogRecord } from '@meterline/topology'
import { setTimeout as sleep } from 'node:timers/promises'

import type { Originals, WantedRequest } from './originals.ts'

/** Records that are looked at for one request, or for several that were metered within the same two seconds. */
const MAX_PASS_RECORDS = 100_000
/**
 * Records that are looked at for one batch: for requests that are remembered with their moment, which are found among the first,
 * and for others, which may not be there at all. Three seconds at the most, in which the partition stands.
 */
const MAX_REMEMBERED_RECORDS = 1_000_000
const MAX_SEARCHED_RECORDS = 500_000
/** Two seconds of a partition, as a rule. */
const FETCH_BYTES = 256 * 1024
const PASSES_AT_ONCE = 8
const SETTLE_TIMEOUT_MS = 10_000
const LOOK_INTERVAL_MS = 5

/** Looks for requests in `usage.metered`, by the time index of the log. */
export function originalsInLog(client: KafkaClient, schemas: SchemaReader<MeteredUsage>): Originals {
  const topic = TOPICS.usageMetered.name

  async function decode(value: Buffer): Promise<MeteredUsage> {
    const id = framedSchemaId(value)
    if (id === undefined) throw new TypeError('a metered record does not begin with a schema id')
    await schemas.prepare([id])
    const writer = schemas.of(id)
    if (writer.kind === 'unknown' || writer.kind === 'incompatible') throw new TypeError(writer.error)
    return writer.decode(value.subarray(FRAME_BYTES))
  }

  /**
   * The end of a transaction is answered before readers see it: what the last batch wrote may not be in sight yet. Meter alone
   * writes here, so nothing of it is missing when nothing is open.
   */
  async function settled(partition: number): Promise<void> {
    const deadlineMs = performance.now() + SETTLE_TIMEOUT_MS
    for (;;) {
      const { stable, high } = await readLogBounds(client.reads, { topic, partition })
      if (stable === high) return
      if (performance.now() > deadlineMs) {
        throw new Error(`${topic}/${partition} can be read up to ${stable}, and was written up to ${high}`)
      }
      await sleep(LOOK_INTERVAL_MS)
    }
  }

  async function pass(partition: number, wanted: readonly WantedRequest[], search: Search): Promise<void> {
    const byRequest = Map.groupBy(wanted, ({ requestId }) => requestId)
    const fromTimestampMs = wanted[0]?.fromMs ?? 0
    let missing = wanted.length
    let looked = 0
    const log = readLog(client, { topic, partition, fromTimestampMs, to: 'end', fetchBytes: FETCH_BYTES })
    for await (const records of log) {
      for (const record of records) {
        const those = byRequest.get(record.key?.toString() ?? '')
        const original = those && (await originalIn(record))
        const match = those?.find(({ apiKeyId }) => apiKeyId === original?.api_key_id)
        if (original === undefined || match === undefined || search.found.has(match.identity)) continue
        search.found.set(match.identity, original)
        missing -= 1
      }
      looked += records.length
      search.left -= records.length
      if (missing === 0 || looked >= MAX_PASS_RECORDS || search.left <= 0) return
    }
  }

  /** Not what a correction made of it: that has the same key, and a request_id of its own. */
  async function originalIn({ key, value }: LogRecord): Promise<MeteredUsage | undefined> {
    const usage = value === null ? undefined : await decode(value)
    return usage?.correction === 'none' && usage.request_id === key?.toString() ? usage : undefined
  }

  return {
    decode,
    async find(partition, wanted) {
      await settled(partition)
      const found = new Map<string, MeteredUsage>()
      for (const isRemembered of [true, false]) {
        const search = { found, left: isRemembered ? MAX_REMEMBERED_RECORDS : MAX_SEARCHED_RECORDS }
        const those = wanted.filter((each) => each.isRemembered === isRemembered)
        const passes = [...Map.groupBy(those, ({ fromMs }) => fromMs).values()]
        while (passes.length > 0 && search.left > 0) {
          await Promise.all(passes.splice(0, PASSES_AT_ONCE).map((each) => pass(partition, each, search)))
        }
      }
      return found
    },
  }
}

interface Search {
  readonly found: Map<string, MeteredUsage>
  /** Records that may still be looked at. */
  left: number
}
