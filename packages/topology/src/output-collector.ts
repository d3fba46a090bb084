import type { OutputBatch, OutputMessage } from './record.ts'

/** Gathers what the steps write into one batch per topic-partition. */
export class OutputCollector {
  readonly #sideTopics: ReadonlyMap<string, string>
  readonly #ownPartition: number
  #byTopic = new Map<string, OutputMessage[][]>()

  constructor(sideTopics: Readonly<Record<string, string>>, ownPartition: number) {
    this.#sideTopics = new Map(Object.entries(sideTopics))
    this.#ownPartition = ownPartition
  }

  readonly emit = (output: string, message: OutputMessage, partition = this.#ownPartition): void => {
    const topic = this.#sideTopics.get(output)
    if (topic === undefined) throw new TypeError(`the topology has no output named ${output}`)
    this.add(topic, partition, message)
  }

  add(topic: string, partition: number, message: OutputMessage): void {
    let partitions = this.#byTopic.get(topic)
    if (partitions === undefined) this.#byTopic.set(topic, (partitions = []))
    const messages = partitions[partition]
    if (messages === undefined) partitions[partition] = [message]
    else messages.push(message)
  }

  /** Everything since the last call, one batch per topic-partition, in a fixed order. */
  take(): OutputBatch[] {
    const batches: OutputBatch[] = []
    for (const [topic, partitions] of this.#byTopic) {
      for (const [partition, messages] of partitions.entries()) {
        if (messages !== undefined) batches.push({ topic, partition, messages })
      }
    }
    this.#byTopic = new Map()
    return batches
  }
}
