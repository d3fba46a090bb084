import { createClickhouse, WriteWitness } from '@meterline/clickhouse'
import { afterEach, expect, inject, test } from 'vitest'

import { canRefuseWrites, refuseWrites } from '../../../test/support/refuse-writes.ts'
import { startOwnEngine } from '../../../test/support/own-engine.ts'
import { createSinkWorld, eventually } from './testing/sink-world.ts'
import { startSinkProcess } from './testing/start-sink-process.ts'
import { sampleValue } from './testing/usage-sample.ts'

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function startEngine(options: Parameters<typeof startOwnEngine>[0] = {}) {
  const { engine, address, stop } = await startOwnEngine(options)
  undo.push(stop)
  /** Every write to a file fails until it has been ended and its supervisor has started the next, for which this waits. */
  const refuseUntilNext = async (meanwhile: () => Promise<unknown>): Promise<void> => {
    const before = engine.pid()
    refuseWrites(before)
    await meanwhile()
    const isNext = (): boolean => engine.pid() !== before && engine.pid() !== undefined
    await expect.poll(isNext, { timeout: 30_000 }).toBe(true)
    await engine.ready()
  }
  return { engine, address, refuseUntilNext }
}

test.runIf(canRefuseWrites)('what the embedded engine answers counts only if it could write', async () => {
  // Its supervisor, who would end it first now and then, asks after the test.
  const { engine, address, refuseUntilNext } = await startEngine({ askEveryMs: 3_600_000 })
  const { user: username, ...rest } = address
  const clickhouse = createClickhouse({ ...rest, username })
  undo.push(() => clickhouse.close())
  await clickhouse.command('CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n')
  const witness = new WriteWitness(clickhouse, { timeoutMs: 5_000 })
  const insert = () =>
    witness.attest(() => clickhouse.command('INSERT INTO t SELECT number FROM numbers(10)'))
  // In the first second after a start nothing is believed.
  const believed = () =>
    eventually(
      () =>
        insert().then(
          () => 1,
          () => 0,
        ),
      (stored) => stored === 1,
    )
  await believed()
  for (let time = 0; time < 5; time += 1) {
    await refuseUntilNext(async () => {
      await expect(insert()).rejects.toMatchObject({
        kind: 'no-answer',
        message: expect.stringMatching(/cannot be believed: \d+ of its writes failed/),
      })
      await engine.killHard('its writes are refused')
    })
    await believed()
  }
})

test.runIf(canRefuseWrites)(
  'inserts that the engine could not write, and answered OK, are stored once it can',
  async () => {
    const { address, refuseUntilNext } = await startEngine()
    const world = await createSinkWorld({ kafkaBrokers: inject('stack').kafkaBrokers, clickhouse: address })
    undo.push(() => world.close())
    const { addresses, topics, partitions, name } = world
    const sink = startSinkProcess({
      addresses,
      topics,
      partitions,
      bounds: { maxRows: 500, maxBytes: 8_000_000, maxMonths: 60, maxAgeMs: 100 },
      groupPrefix: name,
      leaseMs: 1_500,
      onlyUsage: true,
    })
    undo.push(() => sink.kill())
    const rows = () => world.count('SELECT count() FROM usage')
    const write = async (from: number, to: number): Promise<void> => {
      for (let partition = 0; partition < partitions; partition += 1) {
        const messages = []
        for (let i = from + partition; i < to; i += partitions) {
          messages.push({ key: `r${i}`, value: sampleValue(i, Date.UTC(2026, i % 3)) })
        }
        await world.write(topics.usage, partition, messages)
      }
    }
    let written = 0
    for (let round = 0; round < 3; round += 1) {
      await write(written, written + 2_000)
      written += 2_000
      await eventually(rows, (n) => n > written - 2_000, 60_000)
      await refuseUntilNext(() => write(written, written + 2_000))
      written += 2_000
    }
    await eventually(rows, (n) => n >= written, 90_000)
    expect(await rows()).toBe(written)
    expect(await world.count('SELECT uniqExact(request_id) FROM usage')).toBe(written)
    expect(await world.count('SELECT count() FROM usage WHERE NOT ignore(*)')).toBe(written)
  },
)
