import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, inject, test } from 'vitest'

import type { LoadStep } from './exactly-once/load-events.ts'
import { startOwnEngine } from '../../../test/support/own-engine.ts'
import type { TestSink } from './testing/run-sink.ts'
import { createSinkWorld, eventually } from './testing/sink-world.ts'
import type { SinkAddresses, SinkWorld } from './testing/sink-world.ts'
import { startSinkProcess } from './testing/start-sink-process.ts'
import type { SinkProcess } from './testing/start-sink-process.ts'
import { sampleUsage, sampleValue } from './testing/usage-sample.ts'

const started: SinkProcess[] = []
const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(started.splice(0).map((sink) => sink.kill()))
  for (const step of undo.splice(0).reverse()) await step()
})

const startSink = (options: Parameters<typeof startSinkProcess>[0]): SinkProcess => {
  const sink = startSinkProcess(options)
  started.push(sink)
  return sink
}

async function prepare(
  servers: SinkAddresses = inject('stack'),
): Promise<{ world: SinkWorld; sink: TestSink }> {
  const world = await createSinkWorld(servers)
  undo.push(() => world.close())
  const memberDirectory = await mkdtemp(join(tmpdir(), 'meterline-sink-'))
  undo.push(() => rm(memberDirectory, { recursive: true, force: true }))
  const { addresses, topics, partitions, name } = world
  const bounds = { maxRows: 500, maxBytes: 8_000_000, maxMonths: 60, maxAgeMs: 100 }
  const sink = { addresses, topics, partitions, bounds, groupPrefix: name, leaseMs: 1_500, onlyUsage: true }
  return { world, sink: { ...sink, memberDirectory } }
}

/** Records over many months, so that a range is cut by a crash into months that arrived and months that did not. */
async function write(world: SinkWorld, from: number, to: number): Promise<void> {
  for (let partition = 0; partition < world.partitions; partition += 1) {
    const messages = []
    for (let i = from + partition; i < to; i += world.partitions) {
      messages.push({ key: `r${i}`, value: sampleValue(i, Date.UTC(2022 + (i % 4), i % 12)) })
    }
    await world.write(world.topics.usage, partition, messages)
  }
}

/** What is in the table and in its projections, once as many rows are there as there should be. */
async function stored(world: SinkWorld, records: number): Promise<object> {
  const count = 'SELECT count() FROM usage'
  const rows = await eventually(
    () => world.count(count),
    (n) => n >= records,
    90_000,
  )
  return {
    rows,
    distinct: await world.count('SELECT uniqExact(request_id) FROM usage'),
    creditsMicro: await world.count('SELECT sum(credits_micro) FROM usage'),
    reportedMicro: await world.count('SELECT toInt64(sum(credits) * 1000000) FROM live_credits_by_team'),
  }
}

function wanted(records: number): object {
  let creditsMicro = 0
  for (let i = 0; i < records; i += 1) creditsMicro += sampleUsage(i).credits_micro
  return { rows: records, distinct: records, creditsMicro, reportedMicro: creditsMicro }
}

test('kill -9 after each step, and again right after the restart, stores every record once', async () => {
  const { world, sink } = await prepare()
  // The first intent of each partition stands alone; later ones are committed together with the position before them.
  const crashes: [step: LoadStep, occurrence: number][] = [
    ['intent-committed', 1],
    ['intent-committed', 2],
    ['block-stored', 1],
    ['block-stored', 3],
    ['position-committed', 1],
    ['position-committed', 3],
  ]
  let written = 0
  for (const [step, occurrence] of crashes) {
    await write(world, written, written + 2_000)
    written += 2_000
    const ended = startSink({ ...sink, fault: { step, occurrence, signal: 'SIGKILL' } }).ended
    expect(await ended).toEqual([null, 'SIGKILL'])
  }
  startSink(sink)
  expect(await stored(world, written)).toEqual(wanted(written))
})

test('kill -9 at any moment stores every record once', async () => {
  const { world, sink } = await prepare()
  let written = 0
  for (let round = 0; round < 4; round += 1) {
    const victim = startSink(sink)
    await write(world, written, written + 4_000)
    written += 4_000
    const before = await world.count('SELECT count() FROM usage')
    await eventually(
      () => world.count('SELECT count() FROM usage'),
      (n) => n > before,
    )
    await sleep((round * 37) % 100)
    await victim.kill()
  }
  startSink(sink)
  expect(await stored(world, written)).toEqual(wanted(written))
})

test('a sink that was frozen between its intent and its insert changes nothing when it wakes', async () => {
  const { world, sink } = await prepare()
  await write(world, 0, 3_000)
  // Neither leaves the group for the other: no shared memory of member ids.
  const { memberDirectory: _, ...apart } = sink
  const frozen = startSink({
    ...apart,
    fault: { step: 'intent-committed', occurrence: 1, signal: 'SIGSTOP' },
  })
  await sleep(3_000)
  startSink(apart)
  expect(await stored(world, 3_000)).toEqual(wanted(3_000))
  frozen.child.kill('SIGCONT')
  await write(world, 3_000, 4_000)
  expect(await stored(world, 4_000)).toEqual(wanted(4_000))
  await sleep(sink.leaseMs)
  expect(await stored(world, 4_000)).toEqual(wanted(4_000))
})

test('kill -9 of ClickHouse in the middle of inserts stores every record once', async () => {
  const { engine, address: clickhouse, stop } = await startOwnEngine()
  undo.push(stop)
  const { kafkaBrokers } = inject('stack')
  const { world, sink } = await prepare({ kafkaBrokers, clickhouse })
  startSink(sink)
  let written = 0
  for (let round = 0; round < 2; round += 1) {
    await write(world, written, written + 6_000)
    written += 6_000
    await eventually(
      () => world.count('SELECT count() FROM usage'),
      (n) => n > written - 6_000,
    )
    await sleep((round * 53) % 200)
    await engine.killHard()
    await engine.ready()
  }
  expect(await stored(world, written)).toEqual(wanted(written))
})
