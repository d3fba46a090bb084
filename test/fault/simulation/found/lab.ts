import { frame, meteredUsageCodec, TOPICS } from '@meterline/contract'
import type { MeteredUsage } from '@meterline/domain'
import type { KafkaClient } from '@meterline/kafka'
import { createRandom } from '@meterline/simulation'

import { type HeldLease, takeOver } from '../../../../packages/kafka/src/partitions/take-over.ts'
import { METERED_SCHEMA_ID } from '../../../../services/processor/src/meter/meter.test-data.ts'
import { sampleUsage } from '../../../../services/sink/src/testing/usage-sample.ts'
import { SimClickhouse } from '../clickhouse/sim-clickhouse.ts'
import { Faults } from '../faults/faults.ts'
import { Network } from '../faults/network.ts'
import { simKafkaClient } from '../kafka/sim-client.ts'
import { SimKafka } from '../kafka/sim-kafka.ts'
import type { SimBroker } from '../kafka/sim-link.ts'
import { SimProcess } from '../time/sim-process.ts'
import { installVirtualTime } from '../time/virtual-globals.ts'
import { VirtualTime } from '../time/virtual-time.ts'
import { Trace } from '../trace.ts'
import { SIM_TOPICS, START_MS } from '../world/settings.ts'

/** A cluster and a database without faults of their own, for a scenario played by hand. */
export interface Lab {
  readonly time: VirtualTime
  readonly kafka: SimKafka
  readonly clickhouse: SimClickhouse
  readonly network: Network
  readonly startProcess: (name: string) => SimProcess
  readonly clientOf: (process: SimProcess, breakBroker?: (broker: SimBroker) => SimBroker) => KafkaClient
  /** Metered records on partition 0, at offsets 0 and up. */
  readonly writeMetered: (changes: readonly Partial<MeteredUsage>[]) => void
}

const SCENARIO_ENDS_MS = 600_000

/** Plays a scenario under virtual time. */
export async function playScenario(scenario: (lab: Lab) => Promise<void>): Promise<void> {
  const time = new VirtualTime(START_MS)
  const restore = installVirtualTime(time)
  try {
    let isOver = false
    const played = scenario(createLab(time)).finally(() => {
      isOver = true
    })
    played.catch(() => undefined)
    const end = await time.runUntil(() => isOver, START_MS + SCENARIO_ENDS_MS)
    if (end !== 'over') throw new Error(`the scenario does not end: ${end}`)
    await played
  } finally {
    restore()
  }
}

function createLab(time: VirtualTime): Lab {
  const trace = new Trace(time, false)
  const rates = {
    kill: 0,
    stop: 0,
    loseRequest: 0,
    loseAnswer: 0,
    delayRequest: 0,
    slowStore: 0,
    loseMarkers: 0,
  }
  const faults = new Faults({ random: createRandom('lab'), time, trace, rates, endMs: time.nowMs })
  const kafka = new SimKafka({ time, faults, trace, topics: SIM_TOPICS, breakage: {} })
  const clickhouse = new SimClickhouse({ time, faults, trace })
  const network = new Network(time, faults)
  return {
    time,
    kafka,
    clickhouse,
    network,
    startProcess: (name) => new SimProcess(name, time),
    clientOf: (process, breakBroker = (broker) => broker) =>
      simKafkaClient({
        kafka,
        network,
        time,
        process,
        breakBroker,
        groupOf: () => {
          throw new TypeError('a scenario has no groups')
        },
      }),
    writeMetered: (changes) => {
      const messages = changes.map((change, index) => {
        const usage = { ...sampleUsage(index, START_MS - 1_000, 0), ...change }
        return { key: usage.request_id, value: frame(METERED_SCHEMA_ID, meteredUsageCodec.encode(usage)) }
      })
      kafka.write(TOPICS.usageMetered.name, 0, messages)
    },
  }
}

/** Takes partition 0 of a topic over, as the runner does. */
export function take(client: KafkaClient, topic: string, groupId: string): Promise<HeldLease> {
  return takeOver({
    client,
    topic,
    groupId,
    partition: 0,
    transactionalId: `${groupId}-0`,
    transactionTimeoutMs: 10_000,
    writesTo: Object.keys(SIM_TOPICS),
    signal: new AbortController().signal,
    onTransaction: () => undefined,
  })
}
