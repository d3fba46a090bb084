import type { ClickhouseAccess } from './clickhouse/access.ts'
import type { Clickhouse } from './clickhouse/start-clickhouse.ts'
import type { Kafka } from './kafka/start-kafka.ts'

export interface StackPorts {
  readonly kafka: number
  readonly kafkaController: number
  readonly clickhouseHttp: number
  readonly clickhouseTcp: number
}

export const defaultStackPorts: StackPorts = {
  kafka: 9092,
  kafkaController: 9093,
  clickhouseHttp: 8123,
  clickhouseTcp: 9000,
}

/** A running Kafka and a running ClickHouse, wherever they come from. */
export interface Stack {
  readonly description: string
  readonly kafkaBrokers: readonly string[]
  readonly clickhouse: ClickhouseAccess
  /** The processes of the embedded servers; undefined for a server that is not ours to restart or kill. */
  readonly kafkaProcess: Kafka | undefined
  readonly clickhouseProcess: Clickhouse | undefined
  /** Stops what this call started. Safe to call twice. */
  stop(): Promise<void>
}
