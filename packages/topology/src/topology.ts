import { describeTopology, type TopologyShape } from './describe.ts'
import { OutputCollector } from './output-collector.ts'
import type { Processor, ProcessorFactory, StepOptions } from './processor.ts'
import type { LogRecord, OutputMessage } from './record.ts'
import type { PartitionTask, TaskDefinition } from './task.ts'

/** A compiled topology: a value that the task runner runs, the test driver drives, and the README shows. */
export interface Topology extends TaskDefinition {
  /** The steps as text, in the order data flows. */
  describe(): string
}

/**
 * Begins a topology. `name` is the consumer group and the prefix of the transactional ids.
 *
 *     topology('meter').from('usage.events')
 *       .through('drop-duplicates', dropDuplicates, { restoreFrom: [{ topic: 'usage.metered' }] })
 *       .through('rate', rate)
 *       .to('usage.metered', { rejected: 'usage.rejected' })
 */
export function topology(name: string): { from(inputTopic: string): TopologyBuilder<LogRecord> } {
  return {
    from: (inputTopic) => new TopologyBuilder({ name, inputTopic, steps: [] }, (_attach, next) => next),
  }
}

type Consume<Item> = (item: Item) => void
type Attach = <In, Out>(factory: ProcessorFactory<In, Out>, next: Consume<Out>) => Consume<In>
type Wire<Item> = (attach: Attach, next: Consume<Item>) => Consume<LogRecord>
type OpenShape = Pick<TopologyShape, 'name' | 'inputTopic' | 'steps'>

export class TopologyBuilder<Item> {
  readonly #shape: OpenShape
  readonly #wire: Wire<Item>

  constructor(shape: OpenShape, wire: Wire<Item>) {
    this.#shape = shape
    this.#wire = wire
  }

  /** Adds a step. Its name is its file, its metric label and its node in the diagram. */
  through<Out>(
    name: string,
    factory: ProcessorFactory<Item, Out>,
    options: StepOptions = {},
  ): TopologyBuilder<Out> {
    if (this.#shape.steps.some((step) => step.name === name)) throw new TypeError(`two steps named ${name}`)
    const steps = [...this.#shape.steps, { name, restoreFrom: options.restoreFrom ?? [] }]
    const wire = this.#wire
    return new TopologyBuilder({ ...this.#shape, steps }, (attach, next) =>
      wire(attach, attach(factory, next)),
    )
  }

  /** Ends it: the last step forwards to `mainTopic`, any step may emit to a side output by its name. */
  to(
    this: TopologyBuilder<OutputMessage>,
    mainTopic: string,
    sideTopics: Readonly<Record<string, string>> = {},
  ): Topology {
    const shape: TopologyShape = { ...this.#shape, mainTopic, sideTopics }
    const wire = this.#wire
    return {
      name: shape.name,
      inputTopic: shape.inputTopic,
      restoreFrom: shape.steps.flatMap((step) => step.restoreFrom),
      writesTo: [shape.mainTopic, ...Object.values(shape.sideTopics)],
      create: (partition) => createTask(shape, wire, partition),
      describe: () => describeTopology(shape),
    }
  }
}

function createTask(shape: TopologyShape, wire: Wire<OutputMessage>, partition: number): PartitionTask {
  const outputs = new OutputCollector(shape.sideTopics, partition)
  const processors: Processor<never>[] = []

  const attach: Attach = (factory, next) => {
    const processor = factory({ partition, forward: next, emit: outputs.emit })
    // The wire is laid from its end, so the first step is attached last.
    processors.unshift(processor)
    return (item) => processor.process(item)
  }
  const consume = wire(attach, (message) => outputs.add(shape.mainTopic, partition, message))
  if (processors.filter((processor) => processor.note !== undefined).length > 1) {
    throw new TypeError(`two steps of ${shape.name} have a note`)
  }

  const preparing = processors.filter((processor) => processor.prepare !== undefined)
  const prepare = async (records: readonly LogRecord[]): Promise<void> => {
    for (const processor of preparing) await processor.prepare?.(records)
  }

  return {
    ...(preparing.length === 0 ? {} : { prepare }),
    restore(topic, record) {
      for (const [index, step] of shape.steps.entries()) {
        if (step.restoreFrom.some((source) => source.topic === topic)) {
          processors[index]?.restore?.(topic, record)
        }
      }
    },
    process(records) {
      for (const record of records) consume(record)
      for (const processor of processors) processor.endBatch?.()
      return outputs.take()
    },
    note: () => processors.find((processor) => processor.note !== undefined)?.note?.(),
    restoreNote: (note) =>
      processors.find((processor) => processor.restoreNote !== undefined)?.restoreNote?.(note),
  }
}
