import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StackError } from '../errors.ts'
import { assertDiskSpace } from '../machine/disk-space.ts'
import { assertPortsFree } from '../machine/ports.ts'
import { runCommand } from '../machine/run-command.ts'
import type { SupervisorEvent } from '../supervise/events.ts'
import { supervise } from '../supervise/supervise.ts'
import type { Supervised } from '../supervise/supervise.ts'
import { classArchive } from './class-archive.ts'
import { ensureKafkaJars } from './jars.ts'
import { brokerJavaOptions } from './java-options.ts'
import { countLiveBrokers } from './probe.ts'
import { clusterSettings, nodeSettings, toProperties } from './settings.ts'
import type { KafkaNode, KafkaSettings } from './settings.ts'

export interface KafkaOptions {
  readonly port: number
  readonly controllerPort: number
  /** The broker's own folder: settings, storage. Kept between starts. */
  readonly dataDir: string
  readonly logFile: string
  /** Where the jars are kept, for every broker on this machine. */
  readonly cacheDir: string
  readonly heapMb?: number
  /** Settings on top of the usual ones, by Kafka's names. */
  readonly settings?: KafkaSettings
  /** User to password, for SCRAM-SHA-512; made when the storage is, so only at a broker's first start. */
  readonly scramUsers?: Readonly<Record<string, string>>
  readonly onEvent?: (event: SupervisorEvent) => void
}

export interface Kafka extends Supervised {
  /** `host:port`, for a client's list of brokers. */
  readonly broker: string
}

const log4jFile = fileURLToPath(new URL('../../kafka/log4j2.properties', import.meta.url))
const formatTimeoutMs = 60_000

/**
 * Apache Kafka as a child process: one broker that is its own controller, on loopback. Resolves when it is ready.
 *
 * @throws StackError `PORT_TAKEN`, `DISK_FULL`, `DOWNLOAD_FAILED`, `START_FAILED`
 */
export async function startKafka(options: KafkaOptions): Promise<Kafka> {
  const node = { nodeId: 1, port: options.port, controllerPort: options.controllerPort }
  return startNode(node, { ...options, peers: [node] })
}

export interface NodeOptions extends Omit<KafkaOptions, 'port' | 'controllerPort'> {
  readonly peers: readonly KafkaNode[]
}

export async function startNode(node: KafkaNode, options: NodeOptions): Promise<Kafka> {
  await assertDiskSpace(options.dataDir)
  await assertPortsFree({ Kafka: node.port, "Kafka's controller": node.controllerPort })
  const libDir = await ensureKafkaJars(options.cacheDir)
  const classPath = join(libDir, '*')
  const archive = classArchive(libDir)
  const settingsFile = join(options.dataDir, 'server.properties')
  const storageDir = join(options.dataDir, 'data')
  await mkdir(storageDir, { recursive: true })
  const settings = {
    ...clusterSettings(options.peers.length),
    ...nodeSettings(node, options.peers, storageDir),
    ...options.settings,
  }
  await writeFile(settingsFile, toProperties(settings))
  await formatOnce({
    storageDir,
    settingsFile,
    classPath,
    clusterId: clusterIdOf(options.peers),
    scramUsers: options.scramUsers ?? {},
  })

  let endedInOrder = false
  const kafka = supervise({
    name: options.peers.length === 1 ? 'kafka' : `kafka-${node.nodeId}`,
    command: 'java',
    args: [
      ...brokerJavaOptions({ heapMb: options.heapMb ?? 384, log4jFile }),
      ...archive.javaOptions,
      '-cp',
      classPath,
      'kafka.Kafka',
      settingsFile,
    ],
    logFile: options.logFile,
    isReady: async () => (await countLiveBrokers(node.port)) >= options.peers.length,
    readyTimeoutMs: 90_000,
    stopTimeoutMs: 30_000,
    onEvent: (event) => {
      if (event.kind === 'exited') endedInOrder = event.signal === null
      options.onEvent?.(event)
    },
  })
  const stop = async (): Promise<void> => {
    await kafka.stop()
    await archive.keep({ endedInOrder })
  }
  await kafka.ready().catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return {
    name: kafka.name,
    broker: `127.0.0.1:${node.port}`,
    pid: () => kafka.pid(),
    ready: () => kafka.ready(),
    killHard: () => kafka.killHard(),
    stop,
  }
}

interface StorageOptions {
  readonly storageDir: string
  readonly settingsFile: string
  readonly classPath: string
  readonly clusterId: string
  readonly scramUsers: Readonly<Record<string, string>>
}

async function formatOnce(options: StorageOptions): Promise<void> {
  if (existsSync(join(options.storageDir, 'meta.properties'))) return
  const tool = [
    'kafka.tools.StorageTool',
    'format',
    `--cluster-id=${options.clusterId}`,
    '-c',
    options.settingsFile,
    ...Object.entries(options.scramUsers).map(
      ([name, password]) => `--add-scram=SCRAM-SHA-512=[name=${name},password=${password}]`,
    ),
  ]
  const java = ['-Xmx128m', '-XX:TieredStopAtLevel=1', `-Dlog4j2.configurationFile=${log4jFile}`]
  const result = await runCommand('java', [...java, '-cp', options.classPath, ...tool], {
    timeoutMs: formatTimeoutMs,
  })
  if (!result.ok)
    throw new StackError('START_FAILED', `Kafka could not format its storage: ${result.output.trim()}`)
}

/** The nodes of one cluster must agree on an id; derived from the ports, it needs no exchange. 16 bytes, base64url. */
function clusterIdOf(peers: readonly KafkaNode[]): string {
  const ports = peers.map((peer) => peer.controllerPort).join(',')
  return createHash('sha256').update(`meterline ${ports}`).digest().subarray(0, 16).toString('base64url')
}
