import { createClickhouse, WriteWitness } from '@meterline/clickhouse'
import { findFreePorts, generateCredentials, startClickhouse } from '@meterline/local-stack'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, inject, test } from 'vitest'

import { canRefuseWrites, refuseWrites } from '../../../test/support/refuse-writes.ts'
import { createSinkWorld, eventually } from './testing/sink-world.ts'
import { startSinkProcess } from './testing/start-sink-process.ts'
import { sampleValue } from './testing/usage-sample.ts'

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function startEngine() {
  const stateDir = await mkdtemp(join(tmpdir(), 'meterline-sink-ch-'))
  undo.push(() => rm(stateDir, { recursive: true, force: true }))
  const [httpPort = 0, tcpPort = 0] = await findFreePorts(2)
  const credentials = generateCredentials()
  const engine = await startClickhouse({
    httpPort,
    tcpPort,
    dataDir: join(stateDir, 'data'),
    logFile: join(stateDir, 'clickhouse.log'),
    credentials,
  })
  undo.push(() => engine.stop())
  const address = {
    url: engine.url,
    database: 'meterline',
    user: 'meterline',
    password: credentials.password,
  }
  return { engine, address }
}

test.runIf(canRefuseWrites)('what the embedded engine answers counts only if it could write', async () => {
  const { engine, address } = await startEngine()
  const { user: username, ...rest } = address
  const clickhouse = createClickhouse({ ...rest, username })
  undo.push(() => clickhouse.close())
  await clickhouse.command('CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n')
  const witness = new WriteWitness(clickhouse, { timeoutMs: 5_000 })
  const insert = () =>
    witness.attest(() => clickhouse.command('INSERT INTO t SELECT number FROM numbers(10)'))
  // In the first second after a start nothing is believed.
  await eventually(
    () =>
      insert().then(
        () => 1,
        () => 0,
      ),
    (stored) => stored === 1,
  )
  const before = engine.pid()
  refuseWrites(before)
  await expect(insert()).rejects.toMatchObject({
    kind: 'no-answer',
    message: expect.stringMatching(/cannot be believed: \d+ of its writes failed/),
  })
  await expect
    .poll(() => engine.pid() !== before && engine.pid() !== undefined, { timeout: 20_000 })
    .toBe(true)
  await engine.ready()
})

test.runIf(canRefuseWrites)(
  'inserts that the engine could not write, and answered OK, are stored once it can',
  async () => {
    const { engine, address } = await startEngine()
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
      const before = engine.pid()
      refuseWrites(before)
      await write(written, written + 2_000)
      written += 2_000
      await expect
        .poll(() => engine.pid() !== before && engine.pid() !== undefined, { timeout: 30_000 })
        .toBe(true)
      await engine.ready()
    }
    await eventually(rows, (n) => n >= written, 90_000)
    expect(await rows()).toBe(written)
    expect(await world.count('SELECT uniqExact(request_id) FROM usage')).toBe(written)
    expect(await world.count('SELECT count() FROM usage WHERE NOT ignore(*)')).toBe(written)
  },
)
