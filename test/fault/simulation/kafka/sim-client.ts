import type { KafkaClient } from '@meterline/kafka'

import type { LinkWorld, SimBroker } from './sim-link.ts'
import { openSimLink } from './sim-link.ts'
import { simConsumer } from './sim-consumer.ts'
import type { SimGroup } from './sim-group.ts'

export interface ClientWorld extends LinkWorld {
  readonly groupOf: (groupId: string) => SimGroup
  readonly breakBroker: (broker: SimBroker, world: LinkWorld) => SimBroker
}

/** packages/kafka's own client, with the simulated cluster behind it: what runs on it is the code that runs in production. */
export function simKafkaClient(world: ClientWorld): KafkaClient {
  const openLink = () => openSimLink(world, (broker) => world.breakBroker(broker, world))
  const kafka = {
    consumer: ({ groupId, heartbeatInterval }: { groupId: string; heartbeatInterval: number }) =>
      simConsumer({
        process: world.process,
        groupOf: world.groupOf,
        groupId,
        heartbeatIntervalMs: heartbeatInterval,
      }),
  }
  return {
    clientId: world.process.name,
    // Membership is all that the running of partitions takes from the client library.
    kafka: kafka as unknown as KafkaClient['kafka'],
    reads: openLink(),
    openLink,
    openAdmin: () => Promise.reject(new TypeError('the simulation has no admin')),
    close: () => Promise.resolve(),
  }
}
