import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, expect, inject, test } from 'vitest'

import { runTestSink } from './testing/run-sink.ts'
import type { RunningTestSink } from './testing/run-sink.ts'
import { createSinkWorld, eventually } from './testing/sink-world.ts'
import type { SinkWorld } from './testing/sink-world.ts'
import { sampleUsage, sampleValue } from './testing/usage-sample.ts'

const MIB = 1024 * 1024
const PARTITIONS = 8
const RECORDS_PER_PARTITION = 40_000
const RECORDS = PARTITIONS * RECORDS_PER_PARTITION
const BUDGET_BYTES = 24 * MIB
/** Beyond it a partition may always read one fetch ahead, take one batch, and send (docs/guides/operate.md). */
const PARTITION_BYTES = 8 * MIB
/** Code that is compiled meanwhile, and the clients of this test. */
const PROGRAM_BYTES = 16 * MIB
const BOUND_BYTES = BUDGET_BYTES + PARTITIONS * PARTITION_BYTES + PROGRAM_BYTES

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

let world: SinkWorld | undefined
let sink: RunningTestSink | undefined
const opened = Promise.withResolvers<void>()
afterEach(async () => {
  opened.resolve()
  await sink?.stop()
  await world?.close()
})

/** A collection gives the bytes of buffers back on a thread of its own: so collected until no less is left. */
async function heldBytes(): Promise<number> {
  for (let before = Infinity; ;) {
    collect()
    await nextTurn()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    const now = heapUsed + arrayBuffers
    if (now > before - MIB / 4) return now
    before = now
  }
}

async function writeBacklog(to: SinkWorld): Promise<number> {
  // Neighbours in time, so that they are of one month.
  const values = Array.from({ length: 1_000 }, (_, i) => sampleValue(i, undefined, 1))
  let bytes = 0
  for (let made = 0; made < RECORDS_PER_PARTITION; made += values.length) {
    const messages = values.map((value, i) => ({ key: sampleUsage(made + i).request_id, value }))
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      await to.write(to.topics.usage, partition, messages)
      bytes += messages.reduce((sum, { value }) => sum + value.length, 0)
    }
  }
  return bytes
}

test('a backlog costs the memory that the setting says, while ClickHouse takes nothing and while it is drained', async () => {
  const here = (world = await createSinkWorld(inject('stack'), PARTITIONS))
  const backlogBytes = await writeBacklog(here)
  expect(backlogBytes).toBeGreaterThan(BOUND_BYTES)
  const atFirst = await heldBytes()
  const held = async (): Promise<number> => (await heldBytes()) - atFirst

  const { addresses, topics, partitions, name } = here
  const bounds = { maxRows: 65_536, maxBytes: 48 * MIB, maxMonths: 60, maxAgeMs: 200 }
  sink = await runTestSink(
    {
      addresses,
      topics,
      partitions,
      bounds,
      groupPrefix: name,
      leaseMs: 20_000,
      maxBufferedBytes: BUDGET_BYTES,
    },
    (step) => (step === 'intent-committed' ? opened.promise : undefined),
  )
  const most = { whileFull: 0, whileDrained: 0 }
  // Full is: nothing is fetched any more.
  let before = -1
  await eventually(
    async () => {
      const now = await held()
      most.whileFull = Math.max(most.whileFull, now)
      const isFull = now > BUDGET_BYTES / 2 && Math.abs(now - before) < MIB
      before = now
      return isFull
    },
    (isFull) => isFull,
  )
  expect(most.whileFull).toBeGreaterThan(BUDGET_BYTES / 2)
  expect(most.whileFull / MIB).toBeLessThan(BOUND_BYTES / MIB)

  opened.resolve()
  const stored = await eventually(
    async () => {
      most.whileDrained = Math.max(most.whileDrained, await held())
      return here.count('SELECT count() FROM usage')
    },
    (rows) => rows >= RECORDS,
  )
  expect(stored).toBe(RECORDS)
  expect(most.whileDrained / MIB).toBeLessThan(BOUND_BYTES / MIB)
})
