import { Kafka, logLevel } from 'kafkajs'

import { oneOf } from './fault.ts'
import type { Fault } from './fault.ts'

const TARGETS = [
  { id: 'meter', topic: 'usage.metered', partitions: 8 },
  { id: 'burn', topic: 'spend.state', partitions: 4 },
  { id: 'sink-usage.metered', topic: 'usage.rejected', partitions: 8 },
] as const

/**
 * Another process takes the transactional ids of a partition of each kind, writes, and dies with its transactions open. The
 * rightful owner is fenced, takes its id back, and what the intruder left open is aborted.
 */
export const secondWriter: Fault = {
  name: 'second-writer',
  what: 'a second process with the same transactional ids, dead in mid-transaction',
  recoversWithinMs: 60_000,
  isQuick: true,
  async strike({ world, next }) {
    const kafka = new Kafka({ brokers: [...world.brokers], clientId: 'intruder', logLevel: logLevel.NOTHING })
    const taken: string[] = []
    for (const { id, topic, partitions } of TARGETS) {
      const partition = oneOf(
        Array.from({ length: partitions }, (_, each) => each),
        next,
      )
      const transactionalId = `${id}-${partition}`
      const producer = kafka.producer({ transactionalId, maxInFlightRequests: 1, transactionTimeout: 60_000 })
      await producer.connect()
      const transaction = await producer.transaction()
      // Never committed: no reader of committed records may see it. The rightful owner may be quicker than we are.
      await transaction
        .send({ topic, messages: [{ key: 'intruder', value: 'not to be read', partition }] })
        .catch(() => undefined)
      await producer.disconnect()
      taken.push(transactionalId)
    }
    return { kind: 'struck', note: taken.join(', ') }
  },
}
