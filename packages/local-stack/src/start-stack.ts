import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { externalAccess, loopbackAccess } from './clickhouse/access.ts'
import type { ClickhouseAccess } from './clickhouse/access.ts'
import { keepCredentials } from './clickhouse/keep-credentials.ts'
import type { Clickhouse } from './clickhouse/start-clickhouse.ts'
import { composeUp } from './compose.ts'
import type { ComposeOptions, ComposeService } from './compose.ts'
import { decideStack } from './decide.ts'
import type { StackDecision } from './decide.ts'
import type { Kafka } from './kafka/start-kafka.ts'
import { inspectMachine } from './machine/inspect-machine.ts'
import { defaultStackPorts } from './stack.ts'
import type { Stack } from './stack.ts'
import { startEmbeddedClickhouse, startEmbeddedKafka } from './start-embedded-stack.ts'
import type { EmbeddedOptions } from './start-embedded-stack.ts'

export interface StackOptions extends EmbeddedOptions {
  readonly env: NodeJS.ProcessEnv
  /** Told before anything starts: its `description` is the first line of the log. */
  readonly onDecision?: (decision: StackDecision) => void
  /** Another way to start the services of the compose file; answers the call that stops them. */
  readonly composeUp?: (options: ComposeOptions) => Promise<() => Promise<void>>
}

interface Part {
  readonly kafka?: Kafka
  readonly clickhouse?: { readonly process: Clickhouse; readonly access: ClickhouseAccess }
  readonly stop: () => Promise<void>
}

/**
 * Decides which of the three ways is taken and brings both servers up that way. When one part does not start, what did
 * start is stopped again.
 *
 * @throws StackError
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const cacheDir = options.cacheDir ?? join(options.stateDir, 'cache')
  const decision = decideStack(await inspectMachine(options.env, cacheDir))
  options.onDecision?.(decision)
  await mkdir(options.stateDir, { recursive: true })

  const attempts = await Promise.allSettled([
    decision.kafka.kind === 'embedded' ? embeddedKafka(options) : nothing,
    decision.clickhouse.kind === 'embedded' ? embeddedClickhouse(options) : nothing,
    composed(decision, options),
  ])
  const parts = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []))
  const stop = async (): Promise<void> => void (await Promise.all(parts.map((part) => part.stop())))
  const failure = attempts.find((attempt) => attempt.status === 'rejected')
  if (failure !== undefined) {
    await stop()
    throw failure.reason
  }
  const embedded = Object.assign({}, ...parts) as Omit<Part, 'stop'>
  return {
    description: decision.description,
    kafkaBrokers:
      decision.kafka.kind === 'external' ? decision.kafka.brokers : [`127.0.0.1:${portsOf(options).kafka}`],
    clickhouse: embedded.clickhouse?.access ?? (await accessOf(decision, options)),
    kafkaProcess: embedded.kafka,
    clickhouseProcess: embedded.clickhouse?.process,
    stop,
  }
}

const nothing: Part = { stop: () => Promise.resolve() }

async function embeddedKafka(options: StackOptions): Promise<Part> {
  const kafka = await startEmbeddedKafka(options)
  return { kafka, stop: () => kafka.stop() }
}

async function embeddedClickhouse(options: StackOptions): Promise<Part> {
  const clickhouse = await startEmbeddedClickhouse(options)
  return { clickhouse, stop: () => clickhouse.process.stop() }
}

async function composed(decision: StackDecision, options: StackOptions): Promise<Part> {
  const services = (['kafka', 'clickhouse'] as const).filter(
    (name: ComposeService) => decision[name].kind === 'compose',
  )
  if (services.length === 0) return nothing
  const up = options.composeUp ?? composeUp
  const stop = await up({
    services,
    ports: portsOf(options),
    credentials: await credentialsOf(options),
  })
  return { stop }
}

async function accessOf(decision: StackDecision, options: StackOptions): Promise<ClickhouseAccess> {
  if (decision.clickhouse.kind === 'external') return externalAccess(decision.clickhouse.url, options.env)
  const { clickhouseHttp: httpPort, clickhouseTcp: tcpPort } = portsOf(options)
  return loopbackAccess({ httpPort, tcpPort }, await credentialsOf(options))
}

function portsOf(options: StackOptions): typeof defaultStackPorts {
  return { ...defaultStackPorts, ...options.ports }
}

function credentialsOf(options: StackOptions): ReturnType<typeof keepCredentials> {
  return keepCredentials(join(options.stateDir, 'clickhouse-passwords.json'))
}
