import { createRandom } from '@meterline/simulation'
import type { BudgetPolicy } from '@meterline/domain'
import type { KafkaClient, PartitionEvent } from '@meterline/kafka'
import type { OutputBatch } from '@meterline/topology'

import { rememberRows, simStore } from '../clickhouse/sim-store.ts'
import { SimClickhouse } from '../clickhouse/sim-clickhouse.ts'
import { Faults } from '../faults/faults.ts'
import { Network } from '../faults/network.ts'
import { connectionClosed } from '../kafka/errors.ts'
import { simKafkaClient } from '../kafka/sim-client.ts'
import { SimGroup } from '../kafka/sim-group.ts'
import { SimKafka } from '../kafka/sim-kafka.ts'
import { SimProcess } from '../time/sim-process.ts'
import { VirtualTime } from '../time/virtual-time.ts'
import { Trace } from '../trace.ts'
import { appendFeed } from './append-feed.ts'
import type { Breakage } from './breakage.ts'
import type { Knowledge } from './knowledge.ts'
import type { RunPlan, TimedFault } from './plan.ts'
import { budgetPolicy } from './policy.ts'
import { runProcessor } from './processor-process.ts'
import { GROUPS, SESSION_TIMEOUT_MS, SIM_TOPICS, START_MS } from './settings.ts'
import { runSink } from './sink-process.ts'

const SLOTS = ['processor-1', 'processor-2', 'sink-1', 'sink-2'] as const
const MAX_RESTART_MS = 2_500
const PULSE_GRACE_MS = 3_000
const QUIET_MS = 8_000
/** The last transaction of the feed has ended. */
const FEED_ENDS_MS = 10_000

/** The whole pipeline of one run: cluster, database, and the processes that come and go. */
export class World {
  readonly time = new VirtualTime(START_MS)
  readonly trace: Trace
  readonly faults: Faults
  readonly kafka: SimKafka
  readonly clickhouse: SimClickhouse
  /** Partitions that stand still until a person has looked: no fault of the plan may lead there. */
  readonly halts: unknown[] = []
  readonly #plan: RunPlan
  readonly #breakage: Breakage
  readonly #knowledge: Knowledge
  readonly #policy: BudgetPolicy
  readonly #network: Network
  readonly #groups: ReadonlyMap<string, SimGroup>
  readonly #processes = new Map<string, SimProcess>()
  #starts = 0

  constructor(
    plan: RunPlan,
    options: { readonly breakage: Breakage; readonly knowledge: Knowledge; readonly traced: boolean },
  ) {
    const { time } = this
    this.#plan = plan
    this.#breakage = options.breakage
    this.#knowledge = options.knowledge
    this.#policy = budgetPolicy(plan.monthlyCreditsMicro)
    const trace = new Trace(time, options.traced)
    const endMs = START_MS + plan.faultsEndMs
    const faults = new Faults({ random: createRandom(plan.faultSeed), time, trace, rates: plan.rates, endMs })
    faults.onKilled = (process) => this.#restart(process)
    this.trace = trace
    this.faults = faults
    this.kafka = new SimKafka({
      time,
      faults,
      trace,
      topics: SIM_TOPICS,
      breakage: options.breakage.kafka ?? {},
    })
    this.clickhouse = new SimClickhouse({ time, faults, trace })
    this.#network = new Network(time, faults)
    this.#groups = new Map(
      GROUPS.map(({ groupId, topic }) => {
        const partitions = this.kafka.partitionsOf(topic)
        const name = groupId
        return [
          groupId,
          new SimGroup({ name, partitions, faults, time, trace, sessionTimeoutMs: SESSION_TIMEOUT_MS }),
        ]
      }),
    )
  }

  begin(): void {
    for (const slot of SLOTS) this.#start(slot)
    for (const fault of this.#plan.timed) this.time.after(fault.atMs, () => this.#strike(fault))
    this.#feed()
  }

  /** True when no more faults and no more input can come. */
  get areQuiet(): boolean {
    return (
      this.time.nowMs > START_MS + Math.max(this.#plan.faultsEndMs + PULSE_GRACE_MS + QUIET_MS, FEED_ENDS_MS)
    )
  }

  get areAllRunning(): boolean {
    return SLOTS.every((slot) => {
      const process = this.#processes.get(slot)
      return process?.isAlive === true && !process.isStopped
    })
  }

  #start(slot: (typeof SLOTS)[number]): void {
    const process = new SimProcess(`${slot}.${(this.#starts += 1)}`, this.time)
    this.#processes.set(slot, process)
    this.trace.add(process.name, () => 'starts')
    const onFatal = (error: unknown): void => {
      if (!process.isAlive) return
      this.trace.add(process.name, () => `ends: ${String(error)}`)
      process.kill()
      this.#restart(process)
    }
    void process.run(() =>
      (slot.startsWith('sink')
        ? this.#runSink(process, onFatal)
        : this.#runProcessor(process, onFatal)
      ).catch(onFatal),
    )
  }

  #runProcessor(process: SimProcess, onFatal: (error: unknown) => void): Promise<void> {
    return runProcessor({
      client: this.#client(process),
      knowledge: this.#knowledge,
      policy: this.#policy,
      breakage: this.#breakage,
      write: (batches) => this.#write(process, batches),
      isPulseOver: () => this.time.nowMs > START_MS + this.#plan.faultsEndMs + PULSE_GRACE_MS,
      onEvent: (event) => this.#onEvent(process, event),
      onFatal,
    })
  }

  #runSink(process: SimProcess, onFatal: (error: unknown) => void): Promise<void> {
    const { clickhouse } = this
    const { source, rowsOf } = rememberRows(this.#knowledge.source)
    return runSink({
      client: this.#client(process),
      source,
      store: simStore({ clickhouse, network: this.#network, process, rowsOf }),
      breakage: this.#breakage,
      onEvent: (event) => this.#onEvent(process, event),
      onHalt: (halt) => this.#onHalt(process, halt),
      onStep: (what) => this.trace.add(process.name, what),
      onFatal,
    })
  }

  #client(process: SimProcess): KafkaClient {
    return simKafkaClient({
      kafka: this.kafka,
      network: this.#network,
      time: this.time,
      process,
      groupOf: (groupId) => {
        const group = this.#groups.get(groupId)
        if (group === undefined) throw new TypeError(`the simulation has no group ${groupId}`)
        return group
      },
      breakBroker: this.#breakage.broker ?? ((broker) => broker),
    })
  }

  #write(process: SimProcess, batches: readonly OutputBatch[]): Promise<void> {
    const serve = (): void => {
      for (const { topic, partition, messages } of batches) this.kafka.write(topic, partition, messages)
    }
    return this.#network.call({ process, where: () => 'pulse', serve, noAnswer: connectionClosed })
  }

  #onEvent(process: SimProcess, event: PartitionEvent): void {
    if (event.kind === 'halted') this.#onHalt(process, event.error)
    this.trace.add(process.name, () => describeEvent(event))
  }

  #onHalt(process: SimProcess, error: unknown): void {
    this.halts.push(error)
    this.trace.add(process.name, () => `HALT ${String(error)}`)
  }

  #restart(dead: SimProcess): void {
    const slot = SLOTS.find((name) => this.#processes.get(name) === dead)
    if (slot !== undefined) this.time.after(this.faults.between(50, MAX_RESTART_MS), () => this.#start(slot))
  }

  #strike({ kind, target, ms }: TimedFault): void {
    const process = this.#processes.get(SLOTS[target % SLOTS.length] ?? '')
    const group = [...this.#groups.values()][target % this.#groups.size]
    if (process === undefined || group === undefined) return
    this.faults.note(kind, process.name, () => `${ms} ms`)
    switch (kind) {
      case 'kill':
        if (!process.isAlive) return
        process.kill()
        return this.#restart(process)
      case 'rebalance':
        return group.rebalance('drawn')
      case 'clock jump':
        process.clockSkewMs += ms
        return
      case 'clickhouse crash':
        return this.clickhouse.crash(ms)
      case 'clickhouse clock jump':
        return this.clickhouse.jumpClock(ms)
    }
  }

  #feed(): void {
    for (const [index, item] of this.#plan.feed.entries()) {
      this.time.after(item.atMs, () => appendFeed(this, item, index))
    }
  }
}

function describeEvent(event: PartitionEvent): string {
  switch (event.kind) {
    case 'assigned':
      return `has partitions ${event.partitions.join(', ') || 'none'}`
    case 'opened':
      return `opened ${event.partition} at ${event.offset}`
    case 'dropped':
      return `dropped ${event.partition}: ${String(event.error)}`
    case 'halted':
      return `halted ${event.partition}: ${String(event.error)}`
    case 'batch':
      return `handled ${event.records} records of ${event.partition}`
    case 'committed':
    case 'released':
      return `${event.kind} ${event.partition}`
    case 'trouble':
      return `trouble: ${event.error.message}`
  }
}
