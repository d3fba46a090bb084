import { KafkaError } from '@meterline/kafka'

import type { ClusterLink } from '../../../../packages/kafka/src/connection/cluster-link.ts'
import type { ClientBroker, WireCall } from '../../../../packages/kafka/src/connection/internals.ts'
import { DESCRIBE_PRODUCERS } from '../../../../packages/kafka/src/wire/describe-producers.ts'
import { WRITE_TXN_MARKERS } from '../../../../packages/kafka/src/wire/write-markers.ts'
import type { Network } from '../faults/network.ts'
import type { SimProcess } from '../time/sim-process.ts'
import type { VirtualTime } from '../time/virtual-time.ts'
import { connectionClosed } from './errors.ts'
import { keyOf, type SimKafka } from './sim-kafka.ts'
import { serveDescribeProducers, serveMarker } from './marker-server.ts'
import { serveFetch, serveProduce } from './wire-server.ts'

export interface LinkWorld {
  readonly kafka: SimKafka
  readonly network: Network
  readonly time: VirtualTime
  readonly process: SimProcess
}

/** What one connection of a process asks the cluster for; a mutation wraps one of these. */
export type SimBroker = Pick<
  ClientBroker,
  | 'findGroupCoordinator'
  | 'initProducerId'
  | 'addPartitionsToTxn'
  | 'addOffsetsToTxn'
  | 'txnOffsetCommit'
  | 'endTxn'
  | 'leaveGroup'
  | 'listOffsets'
  | 'offsetFetch'
>

const NODES = 2
const LATEST = -1
const EARLIEST = -2
const PRODUCE = 0
const SERVED: ReadonlyMap<number, (kafka: SimKafka, bytes: Buffer) => unknown> = new Map<
  number,
  (kafka: SimKafka, bytes: Buffer) => unknown
>([
  [DESCRIBE_PRODUCERS, serveDescribeProducers],
  [WRITE_TXN_MARKERS, serveMarker],
])

/** Connections of one process to the cluster, in the shape that packages/kafka stands on. */
export function openSimLink(world: LinkWorld, breakBroker: (broker: SimBroker) => SimBroker): ClusterLink {
  const { kafka, network, time, process } = world
  const restartsBefore = kafka.restarts
  let closed = false
  const ready = (): void => {
    if (closed) throw new KafkaError('closed', 'The connection was closed')
  }
  const ask = <T>(what: string, serve: () => Promise<T> | T): Promise<T> =>
    network.call({ process, where: () => what, serve, noAnswer: connectionClosed })

  const requests = breakBroker({
    initProducerId: ({ transactionalId = '', transactionTimeout }) =>
      ask(`init ${transactionalId}`, () => {
        const { producerId, producerEpoch } = kafka.transactions.init(transactionalId, transactionTimeout)
        return { producerId: String(producerId), producerEpoch }
      }),
    addPartitionsToTxn: (request) =>
      ask(`add partitions to ${request.transactionalId}`, () => {
        const keys = request.topics.flatMap(({ topic, partitions }) =>
          partitions.map((partition) => keyOf(topic, partition)),
        )
        kafka.transactions.addPartitions(request, keys)
      }),
    addOffsetsToTxn: (request) =>
      ask(`add group to ${request.transactionalId}`, () =>
        kafka.transactions.addGroup(request, request.groupId),
      ),
    txnOffsetCommit: (request) =>
      ask(`offsets of ${request.transactionalId}`, () => {
        for (const { topic, partitions } of request.topics) {
          for (const { partition, offset, metadata } of partitions) {
            const place = { groupId: request.groupId, topic, partition, offset: Number(offset), metadata }
            kafka.transactions.addOffset(request, place)
          }
        }
      }),
    endTxn: (request) =>
      ask(`end ${request.transactionalId}`, () =>
        kafka.transactions.end(request, request.transactionResult ? 'commit' : 'abort'),
      ),
    findGroupCoordinator: () =>
      Promise.reject(new TypeError('the look-up of a coordinator does not fail here')),
    leaveGroup: () => Promise.reject(new TypeError('no process remembers its member id here')),
    listOffsets: ({ topics, isolationLevel }) =>
      ask('list offsets', () => ({
        responses: topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition, timestamp }) => {
            const log = kafka.log(topic, partition)
            const end = isolationLevel === 1 ? log.stable : log.high
            const offset =
              timestamp === LATEST ? end : timestamp === EARLIEST ? 0 : log.offsetAtTime(timestamp)
            return { partition, offset: String(offset) }
          }),
        })),
      })),
    offsetFetch: ({ groupId, topics }) =>
      ask(`position of ${groupId}`, () => ({
        responses: topics.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map(({ partition }) => {
            const found = kafka.committed({ groupId, topic, partition })
            return { partition, offset: String(found?.offset ?? -1), metadata: found?.metadata ?? null }
          }),
        })),
      })),
  })

  const send = async ({ request }: WireCall): Promise<unknown> => {
    ready()
    const encoded = await request.encode()
    const buffer = 'chunks' in encoded ? Buffer.concat(encoded.chunks) : encoded.buffer
    if (request.apiKey === PRODUCE) return ask('produce', () => serveProduce(kafka, buffer))
    const asked = SERVED.get(request.apiKey)
    if (asked !== undefined) return ask(request.apiName, () => asked(kafka, buffer))
    return ask('fetch', () => serveFetch(kafka, time, buffer))
  }
  const broker: ClientBroker = {
    ...requests,
    nodeId: 0,
    connectionPool: { send },
    isConnected: () => !closed,
    disconnect: () => Promise.resolve(),
  }
  const connected = async (): Promise<ClientBroker> => {
    ready()
    return broker
  }
  return {
    partitionsOf: async (topic) => kafka.partitionsOf(topic),
    leaderOf: async (_topic, partition) => {
      ready()
      return partition % NODES
    },
    broker: connected,
    anyBroker: connected,
    coordinator: connected,
    send: (_nodeId, call) => send(call),
    interruptions: () => kafka.restarts - restartsBefore,
    refresh: async () => undefined,
    close: async () => {
      closed = true
    },
  }
}
