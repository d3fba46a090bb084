import {
  controlEventKey,
  encodeControlEvent,
  FRAME_BYTES,
  spendStateCodec,
  TOPICS,
  type TopicDefinition,
} from '@meterline/contract'
import type { ControlEvent, ScopeId } from '@meterline/domain'
import { createKafkaClient, createLogWriter, ensureTopics, readLog } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { startKafka } from '@meterline/local-stack'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { findServerPorts } from '../../support/server-ports.ts'

const ROOT = join(import.meta.dirname, '../../..')
/** A machine that does other things too takes its time. */
const START_DEADLINE_MS = 180_000
const POLL_MS = 50

export interface Program {
  readonly url: string
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** Kafka, a registry, a processor and gateways, as processes; no ClickHouse: enforcement rests on none. */
export interface LeaseWorld {
  readonly kafka: KafkaClient
  readonly processor: Program
  readonly gateways: readonly Program[]
  /** What the scope has spent this month, as burn says it; 0 before it said anything. */
  spentMicro(scope: ScopeId): Promise<number>
  close(): Promise<void>
}

export async function startLeaseWorld(options: {
  readonly events: readonly ControlEvent[]
  readonly gateways: number
  readonly gatewayEnv: NodeJS.ProcessEnv
}): Promise<LeaseWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'meterline-leases-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })]
  const close = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step()
  }
  try {
    const [port = 0, controllerPort = 0, registryPort = 0, processorPort = 0, ...gatewayPorts] =
      await findServerPorts(4 + options.gateways)
    const cacheDir = process.env['METERLINE_CACHE_DIR'] ?? join(ROOT, '.meterline/cache')
    const server = await startKafka({
      port,
      controllerPort,
      dataDir,
      logFile: join(dataDir, 'kafka.log'),
      cacheDir,
    })
    undo.push(() => server.stop())
    const kafka = createKafkaClient({ brokers: [server.broker], clientId: 'leases-test' })
    undo.push(() => kafka.close())
    await prepare(kafka, options.events)

    const env = { KAFKA_BROKERS: server.broker, LOG_LEVEL: 'warn' }
    const registryUrl = `http://127.0.0.1:${registryPort}`
    const programOf = async (name: string, url: string, own: NodeJS.ProcessEnv): Promise<Program> => {
      const program = programFor(name, url, { ...env, ...own })
      undo.push(() => program.end())
      await program.start()
      return program
    }
    await programOf('registry', `${registryUrl}/subjects`, { REGISTRY_PORT: String(registryPort) })
    const withRegistry = { SCHEMA_REGISTRY_URL: registryUrl }
    const processor = await programOf('processor', `http://127.0.0.1:${processorPort}/health/ready`, {
      ...withRegistry,
      PROCESSOR_PORT: String(processorPort),
      METERLINE_STATE_DIR: dataDir,
    })
    const gateways = await Promise.all(
      gatewayPorts.map((gateway) =>
        programOf('gateway', `http://127.0.0.1:${gateway}/health/ready`, {
          ...withRegistry,
          ...options.gatewayEnv,
          GATEWAY_PORT: String(gateway),
        }),
      ),
    )
    return { kafka, processor, gateways, spentMicro: (scope) => spentMicro(kafka, scope), close }
  } catch (error) {
    await close()
    throw error
  }
}

function programFor(name: string, readyUrl: string, env: NodeJS.ProcessEnv) {
  let child: ChildProcess | undefined
  const gone = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }
  return {
    url: new URL(readyUrl).origin,
    kill: () => gone('SIGKILL'),
    end: () => gone('SIGTERM'),
    async start() {
      const started = spawn(process.execPath, [join(ROOT, 'services', name, 'src/main.ts')], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env,
      })
      child = started
      const deadlineMs = Date.now() + START_DEADLINE_MS
      for (;;) {
        if (started.exitCode !== null) throw new Error(`${name} ended with ${started.exitCode}`)
        const response = await fetch(readyUrl).catch(() => undefined)
        if (response?.ok === true) return
        if (Date.now() > deadlineMs) throw new Error(`${name} did not answer in time`)
        await sleep(POLL_MS)
      }
    },
  }
}

async function prepare(kafka: KafkaClient, events: readonly ControlEvent[]): Promise<void> {
  await ensureTopics(
    kafka,
    Object.values<TopicDefinition>(TOPICS).map(({ name, partitions, cleanup, maxMessageBytes }) => ({
      name,
      partitions,
      replicationFactor: 1,
      config: {
        'cleanup.policy': cleanup === 'keep' ? 'delete' : cleanup,
        ...(maxMessageBytes === undefined ? {} : { 'max.message.bytes': String(maxMessageBytes) }),
      },
    })),
  )
  const writer = createLogWriter(kafka)
  const messages = events.map((event) => ({ key: controlEventKey(event), value: encodeControlEvent(event) }))
  await writer.send([{ topic: TOPICS.controlLog.name, partition: 0, messages }])
  await writer.close()
}

async function spentMicro(kafka: KafkaClient, scope: ScopeId): Promise<number> {
  const topic = TOPICS.spendState.name
  let spent = 0
  for (const partition of await kafka.reads.partitionsOf(topic)) {
    for await (const records of readLog(kafka, { topic, partition, to: 'end' })) {
      for (const { value } of records) {
        if (value === null) continue
        const state = spendStateCodec.decode(value.subarray(FRAME_BYTES))
        if (state.scope === scope) spent = state.month_credits_micro
      }
    }
  }
  return spent
}
