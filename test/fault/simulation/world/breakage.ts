import type { PartitionHandler } from '@meterline/kafka'
import type { TaskDefinition } from '@meterline/topology'

import type { Store } from '../../../../services/sink/src/exactly-once/store.ts'
import type { KafkaBreakage } from '../kafka/sim-kafka.ts'
import type { LinkWorld, SimBroker } from '../kafka/sim-link.ts'

/** A defect put in on purpose, to see that the oracle notices. */
export interface Breakage {
  readonly kafka?: KafkaBreakage
  readonly broker?: (broker: SimBroker, world: LinkWorld) => SimBroker
  readonly store?: (store: Store) => Store
  readonly definition?: (definition: TaskDefinition) => TaskDefinition
  readonly handler?: (handler: PartitionHandler) => PartitionHandler
}
