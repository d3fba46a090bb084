import type { Connection } from '../connection/connection.ts'
import type { Delivery } from './delivery.ts'
import { createGatewayClient } from './gateway-client.ts'
import { httpDelivery } from './http-delivery.ts'
import { kafkaDelivery } from './kafka-delivery.ts'

export type Via = 'http' | 'kafka'

/** The way in that was asked for, on the connection's addresses. The caller closes it. */
export async function openDelivery(connection: Connection, via: Via): Promise<Delivery> {
  if (via === 'http') {
    const client = createGatewayClient({ url: connection.need('gateway_url') })
    return httpDelivery(client, new Map(connection.need('keys').map(({ id, secret }) => [id, secret])))
  }
  const kafka = connection.openKafka()
  const delivery = await kafkaDelivery(kafka, connection.need('schema_registry_url'))
  return {
    ...delivery,
    close: async () => {
      await delivery.close()
      await kafka.close()
    },
  }
}
