import { TOPICS } from '@meterline/contract'
import { readCommittedPosition, readLogBounds } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { setTimeout as sleep } from 'node:timers/promises'

import { USAGE_PARTITIONS } from './traffic/steady-traffic.ts'
import type { World } from './world/world.ts'

const POLL_MS = 200

/**
 * Milliseconds until the whole path goes on, from now: of each partition of `usage.events` a row stands in ClickHouse that was
 * accepted after now, and burn has read what meter wrote after now. Rejects after `withinMs`, with what stands still.
 */
export async function progressAgain(world: World, withinMs: number): Promise<number> {
  const startMs = performance.now()
  let from: { readonly events: readonly number[]; readonly deltas: readonly number[] } | undefined
  for (;;) {
    let missing: string
    try {
      from ??= await positionsNow(world.kafka)
      missing = await standingStill(world, from.events, from.deltas)
    } catch (error) {
      missing = error instanceof Error ? error.message : String(error)
    }
    const passedMs = performance.now() - startMs
    if (missing === '') return passedMs
    if (passedMs > withinMs) throw new Error(`no progress within ${withinMs} ms: ${missing}`)
    await sleep(POLL_MS)
  }
}

async function positionsNow(kafka: KafkaClient) {
  const events = await ends(kafka, TOPICS.usageEvents.name, USAGE_PARTITIONS)
  return { events, deltas: await ends(kafka, TOPICS.spendDelta.name, TOPICS.spendDelta.partitions) }
}

async function standingStill(
  world: World,
  events: readonly number[],
  deltas: readonly number[],
): Promise<string> {
  const rows = await world.clickhouse.rows<{ partition: number; offset: number }>(
    'SELECT _partition AS partition, max(source_offset) AS offset FROM usage GROUP BY partition',
    { timeoutMs: 5_000 },
  )
  const stored = new Map(rows.map(({ partition, offset }) => [partition, offset]))
  const unstored = events.flatMap((end, partition) =>
    (stored.get(partition) ?? -1) >= end ? [] : [partition],
  )
  if (unstored.length > 0) return `no new rows of partitions ${unstored.join(', ')}`
  const burned = await Promise.all(
    deltas.map((_, partition) =>
      readCommittedPosition(world.kafka.reads, { groupId: 'burn', topic: TOPICS.spendDelta.name, partition }),
    ),
  )
  const unburned = deltas.flatMap((end, partition) =>
    (burned[partition]?.offset ?? -1) > end ? [] : [partition],
  )
  return unburned.length > 0 ? `burn stands still in partitions ${unburned.join(', ')}` : ''
}

function ends(kafka: KafkaClient, topic: string, partitions: number): Promise<number[]> {
  return Promise.all(
    Array.from(
      { length: partitions },
      async (_, partition) => (await readLogBounds(kafka.reads, { topic, partition })).high,
    ),
  )
}
