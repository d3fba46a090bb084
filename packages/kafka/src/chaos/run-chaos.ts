import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createKafkaClient, createLogWriter, describeLag, ensureTopics } from '../index.ts'
import { GROUP_LOST, type SumsTopics } from './sums-topology.ts'
import { verifySums, type SumsVerdict } from './verify-sums.ts'

export interface ChaosOptions {
  readonly brokers: readonly string[]
  readonly run: string
  readonly seed: number
  readonly directory: string
  readonly members: number
  readonly partitions: number
  readonly replicationFactor: number
  readonly recordsPerSecond: number
  /** At least so long, and until each kind of disturbance has come once. */
  readonly durationMs: number
  /** Kills one of the brokers and brings it back. */
  readonly restartBroker: (random: () => number) => Promise<void>
  readonly onLine?: (line: string) => void
}

export interface ChaosResult extends SumsVerdict {
  readonly kills: number
  readonly freezes: number
  readonly brokerRestarts: number
  /** From the end of the disturbance until nothing was left to do. */
  readonly settleMs: number
}

/**
 * Feeds running sums while processes are killed and frozen at random, lets it settle, and verifies every output. A run that does not
 * settle fails with what its processes said last.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const said: string[] = []
  const onLine = (line: string): void => {
    said.push(line)
    if (said.length > KEPT_LINES) said.shift()
    options.onLine?.(line)
  }
  try {
    return await disturbAndVerify({ ...options, onLine })
  } catch (error) {
    throw new Error(`${String(error)}\n${said.join('\n')}`, { cause: error })
  }
}

async function disturbAndVerify(options: ChaosOptions): Promise<ChaosResult> {
  const { run, partitions } = options
  const random = createRandom(options.seed)
  const topics: SumsTopics = { input: `${run}.in`, output: `${run}.out`, changelog: `${run}.changelog` }
  const client = createKafkaClient({ brokers: options.brokers, clientId: 'chaos' })
  await createTopics(options, topics)
  const members = Array.from({ length: options.members }, (_, index) =>
    startMember(options, `member-${index}`),
  )
  const counts = { kills: 0, freezes: 0, brokerRestarts: 0 }
  const endMs = Date.now() + options.durationMs
  const isGoingOn = (): boolean => Date.now() < endMs || Object.values(counts).includes(0)
  const feeding = feed(options, { topic: topics.input, random: createRandom(options.seed + 1), isGoingOn })
  try {
    while (isGoingOn()) {
      await sleep(300 + random() * 1_500)
      await disturb(members[Math.floor(random() * members.length)]!, { options, random, counts })
    }
    await feeding
    const settleStartMs = Date.now()
    for (const member of members) member.resume()
    await waitForNoLag(options, topics.input).catch(async (error: unknown) => {
      for (const member of members) member.askForProgress()
      await sleep(ANSWER_WAIT_MS)
      throw error
    })
    const settleMs = Date.now() - settleStartMs
    await Promise.all(members.map((member) => member.stop()))
    return { ...counts, settleMs, ...(await verifySums(client, topics, partitions)) }
  } finally {
    await Promise.all(members.map((member) => member.kill()))
    await client.close()
  }
}

interface Member {
  /** It says for each partition how far it is, on its own line. */
  askForProgress(): void
  kill(): Promise<void>
  freeze(): void
  resume(): void
  start(): void
  stop(): Promise<void>
}

function startMember(options: ChaosOptions, name: string): Member {
  const spawn = (): ChildProcess => {
    const args = [
      '--brokers',
      options.brokers.join(','),
      '--run',
      options.run,
      '--member',
      name,
      '--directory',
      options.directory,
    ]
    const child = fork(new URL('sums-runner.ts', import.meta.url), args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    // It ends itself, and whoever runs it starts it again.
    child.once('exit', (code) => {
      if (code === GROUP_LOST) start()
    })
    child.stdout?.on('data', (data: Buffer) => options.onLine?.(data.toString().trimEnd()))
    child.stderr?.on('data', (data: Buffer) => options.onLine?.(data.toString().trimEnd()))
    return child
  }
  let child: ChildProcess
  const start = (): void => {
    child = spawn()
  }
  start()
  const ended = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  return {
    askForProgress: () => void child.send('progress'),
    kill: async () => {
      child.kill('SIGKILL')
      await ended()
    },
    freeze: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    start,
    stop: async () => {
      child.kill('SIGTERM')
      await ended()
    },
  }
}

async function disturb(
  member: Member,
  at: {
    options: ChaosOptions
    random: () => number
    counts: Counts
  },
): Promise<void> {
  const { options, random, counts } = at
  const kind = kindOf(counts, random)
  if (kind === 'freeze') {
    counts.freezes++
    member.freeze()
    await sleep(7_000 + random() * 2_000)
    member.resume()
  } else if (kind === 'broker') {
    counts.brokerRestarts++
    await options.restartBroker(random)
  } else {
    counts.kills++
    await member.kill()
    await sleep(random() * 500)
    member.start()
  }
}

/** Each kind once first, so that the shortest run has them all; then by lot, mostly kills. */
function kindOf(counts: Counts, random: () => number): 'kill' | 'freeze' | 'broker' {
  if (counts.kills === 0) return 'kill'
  if (counts.brokerRestarts === 0) return 'broker'
  if (counts.freezes === 0) return 'freeze'
  const dice = random()
  if (dice < 0.15) return 'freeze'
  return dice < 0.3 ? 'broker' : 'kill'
}

interface Counts {
  kills: number
  freezes: number
  brokerRestarts: number
}

async function createTopics(options: ChaosOptions, topics: SumsTopics): Promise<void> {
  const client = createKafkaClient({ brokers: options.brokers, clientId: 'chaos-admin' })
  const { partitions, replicationFactor } = options
  const minInsync = { 'min.insync.replicas': String(Math.max(1, replicationFactor - 1)) }
  // Segments of one second and eager cleaning: restores read compacted logs with emptied batches.
  const compacted = {
    'cleanup.policy': 'compact',
    'segment.ms': '1000',
    'min.cleanable.dirty.ratio': '0.01',
    'min.compaction.lag.ms': '0',
    'max.compaction.lag.ms': '1000',
  }
  await ensureTopics(client, [
    { name: topics.input, partitions, replicationFactor, config: minInsync },
    { name: topics.output, partitions, replicationFactor, config: minInsync },
    { name: topics.changelog, partitions, replicationFactor, config: { ...minInsync, ...compacted } },
  ])
  await client.close()
}

/** Writes small groups all the time. What is answered "unavailable" may be there or not: the input log itself is the truth. */
async function feed(
  options: ChaosOptions,
  {
    topic,
    random,
    isGoingOn,
  }: { readonly topic: string; readonly random: () => number; readonly isGoingOn: () => boolean },
): Promise<void> {
  const client = createKafkaClient({ brokers: options.brokers, clientId: 'chaos-feed' })
  const writer = createLogWriter(client)
  const perTick = Math.max(1, Math.round(options.recordsPerSecond / TICKS_PER_SECOND))
  while (isGoingOn()) {
    const messages = Array.from({ length: perTick }, () => ({
      key: `k${Math.floor(random() * 20)}`,
      value: Buffer.from(String(Math.floor(random() * 1_000))),
    }))
    const partition = Math.floor(random() * options.partitions)
    // Not awaited: a broker that is away must not stop what goes to the others.
    writer
      .send([{ topic, partition, messages }])
      .catch((error: unknown) => options.onLine?.(`feed: ${String(error)}`))
    await sleep(1_000 / TICKS_PER_SECOND)
  }
  await writer.close()
  await client.close()
}

async function waitForNoLag(options: ChaosOptions, topic: string): Promise<void> {
  const client = createKafkaClient({ brokers: options.brokers, clientId: 'chaos-lag' })
  const deadlineMs = Date.now() + SETTLE_TIMEOUT_MS
  for (;;) {
    const lags = await describeLag(client, { groupId: options.run, topic })
    if (lags.every((lag) => lag.lagRecords === 0)) break
    if (Date.now() > deadlineMs) throw new Error(`Not settled: ${JSON.stringify(lags)}`)
    await sleep(100)
  }
  await client.close()
}

/** mulberry32: the same seed, the same disturbance (as far as the machine's timing allows). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const TICKS_PER_SECOND = 100
const KEPT_LINES = 200
const ANSWER_WAIT_MS = 1_000
const SETTLE_TIMEOUT_MS = 120_000
