import { ClickhouseError } from '@meterline/clickhouse'
import { TOPICS } from '@meterline/contract'
import type { PartitionLease } from '@meterline/kafka'
import { expect, test } from 'vitest'

import { ByteBudget } from '../../../../services/sink/src/exactly-once/byte-budget.ts'
import { decodeIntent, encodeIntent } from '../../../../services/sink/src/exactly-once/intent.ts'
import type { Store } from '../../../../services/sink/src/exactly-once/store.ts'
import { TableLoader } from '../../../../services/sink/src/exactly-once/table-loader.ts'
import { SILENT_LOAD_EVENTS } from '../../../../services/sink/src/testing/silent-load-events.ts'
import { POISON_ENDPOINT, rememberRows, simStore } from '../clickhouse/sim-store.ts'
import type { SimProcess } from '../time/sim-process.ts'
import { prepareKnowledge } from '../world/knowledge.ts'
import { START_MS, USAGE_PARTITIONS } from '../world/settings.ts'
import { type Lab, playScenario, take } from './lab.ts'

const TOPIC = TOPICS.usageMetered.name
const GROUP = 'sink'
const LEASE_MS = 1_000
const MAX_AGE_MS = 200
const SLOW_INSERT_MS = 300
const LAST_MONTH_MS = START_MS - 31 * 86_400_000

const knowledge = await prepareKnowledge()

test('a zombie that finds the rows of its successor stored by other ranges is fenced, and does not halt', async () => {
  await playScenario(async (lab) => {
    lab.writeMetered([{}, {}, {}])
    const before = await take(lab.clientOf(lab.startProcess('before')), TOPIC, GROUP)
    const intent = { from: 0, to: 2, count: 3, minEventMs: START_MS - 2_000, maxEventMs: START_MS }
    const metadata = encodeIntent({ ...intent, deadlineMs: START_MS, laterEnds: [] })
    await before.lease.transact([], { offset: 0, metadata })
    const zombieProcess = lab.startProcess('zombie')
    const zombie = await take(lab.clientOf(zombieProcess), TOPIC, GROUP)
    await take(lab.clientOf(lab.startProcess('owner')), TOPIC, GROUP)
    lab.clickhouse.rows.push({
      partition: 0,
      offset: 0,
      eventMs: START_MS - 1_000,
      month: 202611,
      requestId: 'r',
      isPoison: false,
    })
    const loader = loaderOf(lab, zombieProcess)
    await expect(loader.open(zombie.lease)).rejects.toMatchObject({ code: 'fenced' })
    expect(loader.halt).toBeUndefined()
  })
})

test('who takes over a range that was cut in two knows that both halves may be there', async () => {
  await playScenario(async (lab) => {
    // The month before is stored, then the row that nobody can store is met: so the cut comes after a part of both halves.
    lab.writeMetered([
      {},
      { timestamp: LAST_MONTH_MS },
      { timestamp: LAST_MONTH_MS },
      { endpoint: POISON_ENDPOINT },
    ])
    const first = lab.startProcess('first')
    const client = lab.clientOf(first)
    const held = await take(client, TOPIC, GROUP)
    const loader = loaderOf(lab, first, (store) => storedBefore(store, lab))
    await loader.open(killedAfterCut(held.lease, first))
    await loader.onBatch(lab.kafka.log(TOPIC, 0).records(), 4)
    await lab.time.pause(3_000)
    expect(first.isAlive).toBe(false)

    const second = lab.startProcess('second')
    const next = await take(lab.clientOf(second), TOPIC, GROUP)
    const taken = loaderOf(lab, second)
    const { offset } = await taken.open(next.lease)
    await taken.onBatch(
      lab.kafka
        .log(TOPIC, 0)
        .records()
        .filter((record) => record.offset >= offset),
      4,
    )
    await lab.time.pause(5_000)
    expect(taken.halt).toBeUndefined()
    expect(lab.clickhouse.rows.map((row) => row.offset).sort((a, b) => a - b)).toEqual([0, 1, 2])
    expect(lab.kafka.records(TOPICS.usageRejected.name)).toHaveLength(1)
  })
})

test('a sink whose clock is minutes ahead writes deadlines by the clock of the server', async () => {
  await playScenario(async (lab) => {
    lab.writeMetered([{}])
    const process = lab.startProcess('sink')
    process.clockSkewMs = 480_000
    const deadlines: number[] = []
    await process.run(async () => {
      const { lease } = await take(lab.clientOf(process), TOPIC, GROUP)
      const loader = loaderOf(lab, process)
      await loader.open(watched(lease, deadlines))
      await loader.onBatch(lab.kafka.log(TOPIC, 0).records(), 1)
    })
    await lab.time.pause(2_000)
    expect(lab.clickhouse.rows).toHaveLength(1)
    expect(deadlines.length).toBeGreaterThan(0)
    expect(Math.max(...deadlines)).toBeLessThan(lab.time.nowMs + LEASE_MS)
  })
})

test('rows that are being stored count as held until they are stored', async () => {
  await playScenario(async (lab) => {
    lab.writeMetered([{}, {}])
    const process = lab.startProcess('sink')
    const budget = new ByteBudget(1 << 20)
    const heldAtInsert: number[] = []
    await process.run(async () => {
      const { lease } = await take(lab.clientOf(process), TOPIC, GROUP)
      const noting = (store: Store): Store => ({
        ...store,
        insert: (block) => {
          heldAtInsert.push(budget.heldBytes())
          return store.insert(block)
        },
      })
      const loader = loaderOf(lab, process, noting, budget)
      await loader.open(lease)
      await loader.onBatch(lab.kafka.log(TOPIC, 0).records(), 2)
    })
    await lab.time.pause(2_000)
    expect(lab.clickhouse.rows).toHaveLength(2)
    expect(heldAtInsert).toHaveLength(1)
    expect(heldAtInsert[0]).toBeGreaterThan(0)
    expect(budget.heldBytes()).toBe(0)
  })
})

test('after a small insert that took long the next rows wait: three times their age, not once', async () => {
  await playScenario(async (lab) => {
    lab.writeMetered([{}, {}])
    const process = lab.startProcess('sink')
    const insertedAtMs: number[] = []
    let secondAtMs = Infinity
    await process.run(async () => {
      const { lease } = await take(lab.clientOf(process), TOPIC, GROUP)
      const slow = (store: Store): Store => ({
        ...store,
        insert: async (block) => {
          insertedAtMs.push(lab.time.nowMs)
          await lab.time.pause(SLOW_INSERT_MS)
          await store.insert(block)
        },
      })
      const loader = loaderOf(lab, process, slow)
      await loader.open(lease)
      const [first, second] = lab.kafka.log(TOPIC, 0).records()
      if (first === undefined || second === undefined) throw new Error('the log is empty')
      await loader.onBatch([first], 1)
      await lab.time.pause(2_000)
      secondAtMs = lab.time.nowMs
      await loader.onBatch([second], 2)
    })
    await lab.time.pause(2_000)
    expect(lab.clickhouse.rows).toHaveLength(2)
    expect(insertedAtMs).toHaveLength(2)
    expect((insertedAtMs[1] ?? 0) - secondAtMs).toBeGreaterThanOrEqual(3 * MAX_AGE_MS)
  })
})

// The fault suite, on a machine whose cores others had, showed inserts that took longer than the deadline that they were given.
test('rows are stored by a server that takes longer for each insert than inserts may take at first', async () => {
  await playScenario(async (lab) => {
    lab.writeMetered([{}, {}])
    const process = lab.startProcess('sink')
    let attempts = 0
    await process.run(async () => {
      const { lease } = await take(lab.clientOf(process), TOPIC, GROUP)
      const starved = (store: Store): Store => ({
        ...store,
        insert: async (block) => {
          attempts += 1
          await lab.time.pause(2.5 * LEASE_MS)
          await store.insert(block)
        },
      })
      const loader = loaderOf(lab, process, starved)
      await loader.open(lease)
      await loader.onBatch(lab.kafka.log(TOPIC, 0).records(), 2)
    })
    await lab.time.pause(20_000)
    expect(lab.clickhouse.rows).toHaveLength(2)
    expect(attempts).toBe(3)
  })
})

function loaderOf(
  lab: Lab,
  process: SimProcess,
  breakStore = (store: Store): Store => store,
  budget = new ByteBudget(1 << 20),
): TableLoader {
  const { clickhouse, network } = lab
  const { source, rowsOf } = rememberRows(knowledge.source)
  return new TableLoader({
    source,
    store: breakStore(simStore({ clickhouse, network, process, rowsOf })),
    budget,
    bounds: { maxRows: 100, maxBytes: 1 << 20, maxMonths: 10, maxAgeMs: MAX_AGE_MS },
    leaseMs: LEASE_MS,
    maxBackoffMs: 100,
    rejectedTopic: { name: TOPICS.usageRejected.name, partitions: USAGE_PARTITIONS },
    lowOffset: async () => 0,
    events: SILENT_LOAD_EVENTS,
  })
}

/** The month before goes in, then the whole is refused for its content; whatever comes later goes its way. */
function storedBefore(store: Store, { clickhouse }: Lab): Store {
  return {
    ...store,
    insert: (block) => {
      if (clickhouse.rows.length > 0) return store.insert(block)
      const row = { partition: 0, eventMs: LAST_MONTH_MS, month: 202610, requestId: '', isPoison: false }
      clickhouse.rows.push({ ...row, offset: 1 }, { ...row, offset: 2 })
      return Promise.reject(new ClickhouseError('Code: 27.', { kind: 'refused', code: 27 }))
    },
  }
}

/** The process dies when it has written the intent of the first half. */
function killedAfterCut(lease: PartitionLease, process: SimProcess): PartitionLease {
  return {
    ...lease,
    transact: async (outputs, next) => {
      await lease.transact(outputs, next)
      if (decodeIntent(next.metadata ?? '')?.to === 1) {
        process.kill()
        await new Promise(() => undefined)
      }
    },
  }
}

function watched(lease: PartitionLease, deadlines: number[]): PartitionLease {
  return {
    ...lease,
    transact: async (outputs, next) => {
      const intent = decodeIntent(next.metadata ?? '')
      if (intent !== undefined) deadlines.push(intent.deadlineMs)
      await lease.transact(outputs, next)
    },
  }
}
