import kafkajs from 'kafkajs'
import type { Admin, Kafka, KafkaConfig, LogEntry } from 'kafkajs'
import { toKafkaError } from '../errors.ts'
import { registerCodecs } from '../wire/compression.ts'
import { openClusterLink, type ClusterLink } from './cluster-link.ts'

export interface KafkaClientOptions {
  readonly brokers: readonly string[]
  /** Shown in the brokers' logs and quotas. */
  readonly clientId: string
  /** TLS: `true`, or Node's own `tls.connect` options (ca, cert, key). */
  readonly ssl?: KafkaConfig['ssl']
  /** SASL: plain, scram-sha-256, scram-sha-512, aws, oauthbearer. */
  readonly sasl?: KafkaConfig['sasl']
  readonly connectionTimeoutMs?: number
  /** Must be longer than the session timeout of consumer groups: joining waits for a dead member. */
  readonly requestTimeoutMs?: number
  /** Receives what the client logs; nothing is printed. */
  readonly onLog?: (entry: KafkaLogEntry) => void
}

export interface KafkaLogEntry {
  readonly level: 'error' | 'warn' | 'info' | 'debug'
  readonly component: string
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
}

export interface KafkaClient {
  readonly clientId: string
  /** The client library itself, for what this package does not wrap (consumer groups of tools and examples). */
  readonly kafka: Kafka
  /** Shared connections for reads that answer at once: offsets, restores. */
  readonly reads: ClusterLink
  /** Connections of one's own; the caller closes them. */
  openLink(): ClusterLink
  openAdmin(): Promise<Admin>
  close(): Promise<void>
}

/** Connects lazily: creating a client does not touch the network. */
export function createKafkaClient(options: KafkaClientOptions): KafkaClient {
  registerCodecs()
  const kafka = new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: options.connectionTimeoutMs ?? 2_000,
    requestTimeout: options.requestTimeoutMs ?? 15_000,
    retry: RETRY,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, timestamp: _, logger: __, ...details } = entry.log
      options.onLog?.({ level: levelName(entry), component: entry.namespace, message, details })
    },
    ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
    ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
  })
  const reads = openClusterLink(kafka)
  return {
    clientId: options.clientId,
    kafka,
    reads,
    openLink: () => openClusterLink(kafka),
    openAdmin: async () => {
      const admin = kafka.admin()
      await admin.connect().catch((error: unknown) => {
        throw toKafkaError(error, `Connecting to ${options.brokers.join(', ')}`)
      })
      return admin
    },
    close: () => reads.close(),
  }
}

function levelName({ level, log }: LogEntry): KafkaLogEntry['level'] {
  // Each refused request, also one that is tried again as a matter of course; whoever asked gets the error.
  if (log.message.startsWith('Response ')) return 'debug'
  if (level <= kafkajs.logLevel.ERROR) return 'error'
  if (level === kafkajs.logLevel.WARN) return 'warn'
  return level === kafkajs.logLevel.INFO ? 'info' : 'debug'
}

/** Short pauses, many of them: about four seconds in all before a request gives up and its caller decides. */
const RETRY = { initialRetryTime: 10, multiplier: 1.6, maxRetryTime: 200, retries: 20 }
