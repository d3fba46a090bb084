import { createRequire } from 'node:module'
import type { Kafka } from 'kafkajs'

/**
 * The parts of kafkajs below its public classes that this package stands on: connections with authentication, metadata, and
 * single requests. Held here in one place, typed as far as they are used, against kafkajs 2.2.4 as patched.
 */
export interface ClientCluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  getNodeIds(): string[]
  findBroker(of: { readonly nodeId: string | number }): Promise<ClientBroker>
  findControllerBroker(): Promise<ClientBroker>
  findTopicPartitionMetadata(
    topic: string,
  ): readonly { readonly partitionId: number; readonly leader: number }[]
  findGroupCoordinator(of: {
    readonly groupId: string
    readonly coordinatorType: 0 | 1
  }): Promise<ClientBroker>
}

export interface ClientBroker {
  readonly nodeId: string | number
  /** The requests that it knows, by their key; `null` before it was connected to. */
  readonly versions?: Readonly<Record<number, unknown>> | null
  readonly connectionPool: { send(call: WireCall): Promise<unknown> }
  isConnected(): boolean
  disconnect(): Promise<void>
  /** Rejects with the broker's own error. */
  findGroupCoordinator(of: { readonly groupId: string; readonly coordinatorType: 0 | 1 }): Promise<unknown>
  initProducerId(request: {
    readonly transactionalId?: string
    readonly transactionTimeout: number
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>
  addPartitionsToTxn(
    request: TransactionRef & {
      readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
    },
  ): Promise<unknown>
  addOffsetsToTxn(request: TransactionRef & { readonly groupId: string }): Promise<unknown>
  txnOffsetCommit(
    request: TransactionRef & {
      readonly groupId: string
      readonly topics: readonly {
        readonly topic: string
        readonly partitions: readonly {
          readonly partition: number
          readonly offset: string
          readonly metadata: string
        }[]
      }[]
    },
  ): Promise<unknown>
  endTxn(request: TransactionRef & { readonly transactionResult: boolean }): Promise<unknown>
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>
  listOffsets(request: {
    readonly isolationLevel: 0 | 1
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[]
    }[]
  }): Promise<{ readonly responses: readonly TopicAnswer<{ readonly offset: string }>[] }>
  offsetFetch(request: {
    readonly groupId: string
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number }[]
    }[]
  }): Promise<{
    readonly responses: readonly TopicAnswer<{ readonly offset: string; readonly metadata: string | null }>[]
  }>
}

interface TransactionRef {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

interface TopicAnswer<T> {
  readonly topic: string
  readonly partitions: readonly (T & { readonly partition: number })[]
}

/** One request in the client's own shape: how to write it, how to read its answer. */
export interface WireCall {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    /** Chunks are sent one after the other as they are, and must not be written to any more. */
    encode(): Promise<
      { readonly chunks: readonly Buffer[] } | { readonly buf: Buffer; readonly buffer: Buffer }
    >
  }
  readonly response: { decode(payload: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> }
  readonly requestTimeout?: number
}

export function openClientCluster(
  kafka: Kafka,
  options: { readonly metadataMaxAgeMs: number },
): ClientCluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    (s) => s.description === 'private:Kafka:createCluster',
  )
  const create: unknown = symbol === undefined ? undefined : Reflect.get(kafka, symbol)
  if (typeof create !== 'function')
    throw new TypeError('kafkajs is not the patched 2.2.4 this package was written for')
  return create({
    metadataMaxAge: options.metadataMaxAgeMs,
    allowAutoTopicCreation: false,
    isolationLevel: 1,
  }) as ClientCluster
}

/** The client's error for a broker's error code (`type`, `retriable`). */
export function brokerError(code: number): Error & { readonly type: string; readonly retriable: boolean } {
  return createErrorFromCode(code)
}

const { createErrorFromCode } = createRequire(import.meta.url)('kafkajs/src/protocol/error.js') as {
  readonly createErrorFromCode: (
    code: number,
  ) => Error & { readonly type: string; readonly retriable: boolean }
}
