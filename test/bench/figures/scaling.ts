import { TOPICS } from '@meterline/contract'
import type { Admin } from 'kafkajs'

import type { Bench, Shell } from '../bench.ts'
import { prefillEvents } from '../load/prefill.ts'
import type { PidOf } from '../measure/cpu-meter.ts'
import { measureDrain } from '../measure/drain.ts'
import type { Throughput } from '../measure/drain.ts'
import { watchGroup } from '../measure/group-progress.ts'
import { median } from '../measure/statistics.ts'
import type { Figure, TableFigure } from '../report/figure.ts'
import { startBenchStack } from '../stack/bench-stack.ts'
import type { Service } from '../stack/service.ts'
import { measureMeterGrowth } from './meter-growth.ts'

const PROCESSES = [1, 2]
const PARTITIONS = [8, 32]
/** More than elsewhere: the second process joins when the first has begun already. */
const EVENTS_FACTOR = 2
const MAX_ROUNDS = 3
const DRAIN_DEADLINE_MS = 90_000

/** More processes, more partitions, more keys, a longer memory: what an event costs then. */
export async function measureScaling(shell: Shell): Promise<Figure[]> {
  const rows: (readonly string[])[] = []
  for (const partitions of PARTITIONS) {
    const stack = await startBenchStack(shell.options, { probes: 0, usagePartitions: partitions })
    try {
      await shell.seen(stack.clickhouse)
      rows.push(...(await measureProcesses({ ...shell, stack }, partitions)))
    } finally {
      await stack.stop()
    }
  }
  return [
    {
      kind: 'table',
      name: 'meter, as processes and partitions grow',
      columns: ['processes', 'partitions', 'events/s', 'µs each, meter', 'Kafka', 'by round'],
      rows,
      notes: [
        'the same number of events in each round; the processes, Kafka and the benchmark share the cores',
      ],
    },
    measureMeterGrowth(),
  ]
}

async function measureProcesses(bench: Bench, partitions: number): Promise<TableFigure['rows']> {
  const { options, stack, say } = bench
  const admin = await stack.kafka.openAdmin()
  const results = new Map<number, Throughput[]>(PROCESSES.map((count) => [count, []]))
  try {
    for (let round = 0; round < Math.min(options.rounds, MAX_ROUNDS); round += 1) {
      for (const [processes, of] of results) {
        say(`${processes} of meter, ${partitions} partitions, round ${round + 1}`)
        await prefillEvents(stack, {
          topic: TOPICS.usageEvents.name,
          partitions,
          events: options.events * EVENTS_FACTOR,
          seed: `s${processes}.${round}`,
        })
        of.push(await drainWith(bench, admin, processes))
      }
    }
  } finally {
    await admin.disconnect()
  }
  return [...results].map(([processes, of]) => {
    const micros = (isCounted: (name: string) => boolean): string =>
      median(
        of.map(({ cpuMicros }) =>
          Object.entries(cpuMicros).reduce((sum, [name, value]) => (isCounted(name) ? sum + value : sum), 0),
        ),
      ).toFixed(1)
    return [
      String(processes),
      String(partitions),
      Math.round(median(of.map(({ perSecond }) => perSecond))).toString(),
      micros((name) => name !== 'kafka'),
      micros((name) => name === 'kafka'),
      of.map(({ perSecond }) => Math.round(perSecond)).join(' '),
    ]
  })
}

async function drainWith({ stack, signal }: Bench, admin: Admin, count: number): Promise<Throughput> {
  const topic = TOPICS.usageEvents.name
  const progress = await watchGroup(stack, admin, { groupId: 'meter', topic, transactional: false })
  const services: Service[] = []
  try {
    for (let index = 0; index < count; index += 1) {
      services.push(
        await stack.start('processor', {
          PROCESSOR_TOPOLOGIES: 'meter',
          // Each is a member of its own, with a memory of its own of having been one.
          METERLINE_STATE_DIR: undefined,
        }),
      )
    }
    const processes: Record<string, PidOf> = { kafka: stack.serverPids.kafka }
    for (const [index, service] of services.entries()) processes[`meter ${index + 1}`] = () => service.pid()
    return await Promise.race([
      measureDrain({ ...progress, processes, deadlineMs: DRAIN_DEADLINE_MS, signal }),
      ...services.map((service) => service.crashed),
    ])
  } finally {
    await Promise.all(services.map((service) => service.stop()))
  }
}
