import { StackError } from './errors.ts'

/** Where the two servers come from. Each is decided on its own: one may be given and the other started. */
export interface StackDecision {
  readonly kafka: KafkaSource
  readonly clickhouse: ClickhouseSource
  /** One sentence, the first line of the log. */
  readonly description: string
}

export type KafkaSource =
  | { readonly kind: 'external'; readonly brokers: readonly string[] }
  | { readonly kind: 'compose' }
  | { readonly kind: 'embedded' }

export type ClickhouseSource =
  | { readonly kind: 'external'; readonly url: string }
  | { readonly kind: 'compose' }
  | { readonly kind: 'embedded' }

/** What was found on this machine and in its environment. */
export interface MachineFacts {
  readonly kafkaBrokers: readonly string[]
  readonly clickhouseUrl: string | undefined
  readonly isDockerUsable: boolean
  /** The major version, or undefined without Java. */
  readonly javaVersion: number | undefined
  readonly hasMaven: boolean
  /** Maven is needed for one download only. */
  readonly hasKafkaJars: boolean
}

const oldestJavaVersion = 17

/**
 * The one place that says which of the three ways is taken: given by the environment, Docker, embedded.
 *
 * @throws StackError `JAVA_MISSING`, `JAVA_TOO_OLD`, `MAVEN_MISSING`, when Kafka would have to be embedded and cannot be
 */
export function decideStack(facts: MachineFacts): StackDecision {
  const kafka = decideKafka(facts)
  const clickhouse = decideClickhouse(facts)
  return { kafka, clickhouse, description: `${describeKafka(kafka)}; ${describeClickhouse(clickhouse)}.` }
}

function decideKafka(facts: MachineFacts): KafkaSource {
  if (facts.kafkaBrokers.length > 0) return { kind: 'external', brokers: facts.kafkaBrokers }
  if (facts.isDockerUsable) return { kind: 'compose' }
  assertJavaAndMaven(facts)
  return { kind: 'embedded' }
}

function decideClickhouse(facts: MachineFacts): ClickhouseSource {
  if (facts.clickhouseUrl !== undefined) return { kind: 'external', url: facts.clickhouseUrl }
  return { kind: facts.isDockerUsable ? 'compose' : 'embedded' }
}

function assertJavaAndMaven({ javaVersion, hasMaven, hasKafkaJars }: MachineFacts): void {
  const otherWays = 'or start Docker, or set KAFKA_BROKERS'
  if (javaVersion === undefined) {
    throw new StackError(
      'JAVA_MISSING',
      `Kafka needs Java ${oldestJavaVersion} or newer and there is none; install it, ${otherWays}.`,
    )
  }
  if (javaVersion < oldestJavaVersion) {
    throw new StackError(
      'JAVA_TOO_OLD',
      `Kafka needs Java ${oldestJavaVersion} or newer and this is Java ${javaVersion}; install a newer one, ${otherWays}.`,
    )
  }
  if (!hasMaven && !hasKafkaJars) {
    throw new StackError(
      'MAVEN_MISSING',
      `Maven is needed once to download Apache Kafka and there is none; install it, ${otherWays}.`,
    )
  }
}

function describeKafka(source: KafkaSource): string {
  switch (source.kind) {
    case 'external':
      return `Kafka at ${source.brokers.join(', ')} (KAFKA_BROKERS)`
    case 'compose':
      return 'Kafka in Docker (docker-compose.yml)'
    case 'embedded':
      return 'Kafka as a process of this machine (no Docker found)'
  }
}

function describeClickhouse(source: ClickhouseSource): string {
  switch (source.kind) {
    case 'external':
      return `ClickHouse at ${withoutPassword(source.url)} (CLICKHOUSE_URL)`
    case 'compose':
      return 'ClickHouse in Docker (docker-compose.yml)'
    case 'embedded':
      return 'ClickHouse as a process of this machine (no Docker found)'
  }
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//')
}
