import { DEFAULT_USAGE_PARTITIONS, TOPICS } from '@meterline/contract'
import { ensureTopics } from '@meterline/kafka'
import { supervise } from '@meterline/local-stack'
import type { Admin } from 'kafkajs'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Bench } from '../bench.ts'
import { committedOffsets } from '../measure/committed.ts'
import { measureDrain } from '../measure/drain.ts'
import type { Throughput } from '../measure/drain.ts'
import { watchGroup } from '../measure/group-progress.ts'
import { buildStreamsProgram } from './streams-build.ts'
import { writeStreamsKnowledge } from './streams-knowledge.ts'

export const KAFKA_STREAMS = 'Kafka Streams, exactly-once v2, one thread'

const OUTPUT = 'bench.streams.metered'
const READY_TIMEOUT_MS = 60_000
const DRAIN_DEADLINE_MS = 120_000
const JAVA = ['-Xmx1g', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
/** Avro's generated decoders in place of the ones that walk the schema: faster, and off unless asked for. */
const FAST_AVRO = '-Dorg.apache.avro.specific.use_custom_coders=true'

/** Where meter stands in usage.events: both begin a round from there. */
export type StartOffsets = ReadonlyMap<number, number>

export function meterPosition(admin: Admin): Promise<StartOffsets> {
  return committedOffsets(admin, { groupId: 'meter', topic: TOPICS.usageEvents.name })
}

/**
 * The Kafka Streams program against the same records on the same broker, under an application id of its own, so that it
 * begins each round with an empty store: nothing to restore, and the fewest comparisons in its tree.
 */
export async function drainWithStreams(
  bench: Bench,
  admin: Admin,
  of: { readonly round: number; readonly from: StartOffsets },
): Promise<Throughput> {
  const { stack, signal } = bench
  const classPath = await buildStreamsProgram(signal)
  const folder = await mkdtemp(join(tmpdir(), 'meterline-bench-streams-'))
  const applicationId = `bench-streams-${process.pid}-${of.round}`
  const topic = TOPICS.usageEvents.name
  await createOutput(bench)
  await admin.setOffsets({
    groupId: applicationId,
    topic,
    partitions: [...of.from].map(([partition, offset]) => ({
      partition,
      offset: String(Math.max(0, offset)),
    })),
  })
  const progress = await watchGroup(stack, admin, { groupId: applicationId, topic, transactional: false })
  const { payers, rates } = await writeStreamsKnowledge(folder)
  const running = join(folder, 'running')
  const crash = Promise.withResolvers<never>()
  crash.promise.catch(() => undefined)
  const java = supervise({
    name: 'kafka-streams',
    command: 'java',
    args: [
      ...JAVA,
      FAST_AVRO,
      '-cp',
      classPath,
      'meterline.bench.StreamsMeter',
      stack.brokers,
      applicationId,
      topic,
      OUTPUT,
      String(stack.schemaId(`${TOPICS.usageMetered.name}-value`)),
      join(folder, 'state'),
      payers,
      rates,
      running,
    ],
    logFile: join(folder, 'kafka-streams.log'),
    startAttempts: 1,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: () => Promise.resolve(existsSync(running)),
    onEvent: (event) => {
      if (event.kind === 'exited') crash.reject(new Error(`Kafka Streams ended with ${event.code}`))
    },
  })
  try {
    await java.ready()
    return await Promise.race([
      measureDrain({
        ...progress,
        processes: { 'kafka streams': () => java.pid(), kafka: stack.serverPids.kafka },
        deadlineMs: DRAIN_DEADLINE_MS,
        signal,
      }),
      crash.promise,
    ])
  } finally {
    await java.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function createOutput({ stack }: Bench): Promise<void> {
  await ensureTopics(stack.kafka, [
    {
      name: OUTPUT,
      partitions: DEFAULT_USAGE_PARTITIONS,
      replicationFactor: 1,
      config: { 'retention.ms': '3600000', 'max.message.bytes': '16777216' },
    },
  ])
}
