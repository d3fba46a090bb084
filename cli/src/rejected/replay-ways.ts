import { HEADERS, partitionForKey, TOPICS } from '@meterline/contract'
import { partitionKeyOf } from '@meterline/domain'
import type { RejectionReason } from '@meterline/domain'
import { createLogWriter } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'

import type { Connection } from '../connection/connection.ts'
import { eventJson } from '../send/event-json.ts'
import { createGatewayClient } from '../send/gateway-client.ts'
import type { ReplayWays, Resend } from './replay-rejected.ts'

const WRONG_PARTITION: RejectionReason = 'correction_wrong_partition'

/** Headers that belong to the event, not to its rejection. */
const RECEIVED_HEADERS = [HEADERS.attributedBy, HEADERS.controlOffset]

/** Kafka for records, the gateway with the admin token for requests. */
export function openReplayWays(connection: Connection): ReplayWays & { close(): Promise<void> } {
  const kafka = connection.openKafka()
  const writer = createLogWriter(kafka)
  return {
    sendRecords: async (resends) => {
      await writer.send(await batchesOf(kafka, resends))
    },
    sendRequests: async (resends) => {
      const gateway = createGatewayClient({ url: connection.need('gateway_url') })
      const bodies = resends.map(({ event }) => ({ ...eventJson(event), api_key_id: event.api_key_id }))
      const { refused } = await gateway.post(connection.need('admin_token'), bodies)
      return { refused: refused.map(({ message }) => message) }
    },
    close: async () => {
      await writer.close()
      await kafka.close()
    },
  }
}

async function batchesOf(kafka: KafkaClient, resends: readonly Resend[]) {
  const topic = TOPICS.usageEvents.name
  const partitions = (await kafka.reads.partitionsOf(topic)).length
  const byPartition = Map.groupBy(resends, ({ row, event }) =>
    // Where it was before, so that it meets its twin: its producer may have had a mind of its own. A correction that came to a
    // wrong partition goes to the right one.
    row.sourcePartition !== null && row.sourcePartition < partitions && row.reason !== WRONG_PARTITION
      ? row.sourcePartition
      : partitionForKey(partitionKeyOf(event), partitions),
  )
  return [...byPartition].map(([partition, group]) => ({
    topic,
    partition,
    messages: group.map(({ row, event }) => ({
      key: row.reason === WRONG_PARTITION ? partitionKeyOf(event) : row.key.length === 0 ? null : row.key,
      value: row.value,
      headers: {
        ...Object.fromEntries(
          RECEIVED_HEADERS.flatMap((name) =>
            row.headers[name] === undefined ? [] : [[name, row.headers[name]] as const],
          ),
        ),
        [HEADERS.replayedFrom]: `${TOPICS.usageRejected.name}/${row.id}`,
      },
    })),
  }))
}
