import { TOPICS } from '@meterline/contract'
import { describeLag, readLogBounds } from '@meterline/kafka'
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

import { CACHE_DIR } from '../../../bench/stack/paths.ts'
import type { World } from '../world/world.ts'

const GROUPS: readonly (readonly [string, string])[] = [
  ['meter', TOPICS.usageEvents.name],
  ['burn', TOPICS.spendDelta.name],
  ...[TOPICS.usageMetered, TOPICS.usageRejected, TOPICS.spendAlert, TOPICS.controlLog].map(
    ({ name }) => [`sink.${name}`, name] as const,
  ),
]
const POLL_MS = 250

/** Waits until nothing is left to read; answers what still is when the time is over. Burn's own clock goes on ticking: it may be one behind. */
export async function awaitLagZero(world: World, withinMs: number): Promise<string[]> {
  const untilMs = performance.now() + withinMs
  for (;;) {
    const problems = await lags(world).catch((error: unknown) => [String(error)])
    if (problems.length === 0 || performance.now() > untilMs) return problems
    await sleep(POLL_MS)
  }
}

async function lags({ kafka }: World): Promise<string[]> {
  const behind = await Promise.all(
    GROUPS.map(async ([groupId, topic]) => {
      const lag = await describeLag(kafka, { groupId, topic })
      const records = lag.reduce((sum, { lagRecords }) => sum + lagRecords, 0)
      return records === 0 ? [] : [`${groupId} is ${records} records behind`]
    }),
  )
  return behind.flat()
}

/** No partition has an open transaction, and the coordinators know of none. */
export async function checkTransactions(world: World): Promise<string[]> {
  const stable = await Promise.all(
    Object.values(TOPICS).map(async ({ name }) => {
      const partitions = await world.kafka.reads.partitionsOf(name)
      return Promise.all(partitions.map((partition) => settled(world, name, partition)))
    }),
  )
  return [...stable.flat(2), ...(await unfinishedByTool(world))]
}

const SETTLE_WITHIN_MS = 20_000

/** Burn's clock writes all the time; what is open for longer than any commit of ours takes is left behind. */
async function settled({ kafka }: World, topic: string, partition: number): Promise<string[]> {
  const { high: wanted } = await readLogBounds(kafka.reads, { topic, partition })
  const untilMs = performance.now() + SETTLE_WITHIN_MS
  for (;;) {
    const { stable } = await readLogBounds(kafka.reads, { topic, partition })
    if (stable >= wanted) return []
    if (performance.now() > untilMs)
      return [`${topic}/${partition} has an open transaction at ${stable} of ${wanted}`]
    await sleep(POLL_MS)
  }
}

const run = promisify(execFile)
const TOOL_TIMEOUT_MS = 60_000
const LOOKS = 3
const FINISHED = /Empty|CompleteCommit|CompleteAbort/
const STATES = /Ongoing|PrepareCommit|PrepareAbort|PrepareEpochFence|Dead/

/** Kafka's own tool. One that is unfinished in each of several looks is stuck; what is busy is in another state at the next. */
async function unfinishedByTool({ brokers }: World): Promise<string[]> {
  const libDir = readdirSync(CACHE_DIR).find((name) => /^kafka-\w+$/.test(name))
  if (libDir === undefined) return ["Kafka's own tools are not there"]
  const list = async (): Promise<string[]> => {
    const { stdout } = await run(
      'java',
      [
        '-Xmx96m',
        '-XX:TieredStopAtLevel=1',
        '-cp',
        join(CACHE_DIR, libDir, '*'),
        'org.apache.kafka.tools.TransactionsCommand',
        '--bootstrap-server',
        brokers.join(','),
        'list',
      ],
      { timeout: TOOL_TIMEOUT_MS },
    )
    const lines = stdout.split('\n').filter((line) => FINISHED.test(line) || STATES.test(line))
    if (lines.length === 0) return ['the tool lists no transactions at all']
    return lines.filter((line) => STATES.test(line)).map((line) => line.trim().replaceAll(/\s+/g, ' '))
  }
  let stuck = new Set(await list())
  for (let look = 1; look < LOOKS && stuck.size > 0; look += 1) {
    const now = new Set(await list())
    stuck = new Set([...stuck].filter((line) => now.has(line)))
  }
  return [...stuck].map((line) => `a transaction is not finished: ${line}`)
}

/** Every service answers that it is ready. */
export async function checkHealth(world: World, withinMs: number): Promise<string[]> {
  const untilMs = performance.now() + withinMs
  for (;;) {
    const red = (await Promise.all(world.services.map((service) => service.unhealthy()))).filter(
      (each) => each !== undefined,
    )
    if (red.length === 0 || performance.now() > untilMs) return red
    await sleep(POLL_MS)
  }
}
