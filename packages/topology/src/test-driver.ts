import type { LogRecord, OutputBatch, RecordHeaders } from './record.ts'
import type { PartitionTask, TaskDefinition } from './task.ts'

/** A record to be read by the topology under test. Offset and partition are the driver's. */
export interface TestInput {
  readonly key?: Buffer | string | null
  readonly value: Buffer | null
  readonly timestampMs?: number
  readonly headers?: RecordHeaders
}

/**
 * Runs one partition of a topology without a broker: its logs are arrays, a commit is an append, and a crash loses
 * everything that was not committed. Offsets have the holes that transaction markers leave in a real log.
 */
export class TopologyTestDriver {
  readonly #definition: TaskDefinition
  readonly #partition: number
  readonly #input: LogRecord[] = []
  readonly #logs = new Map<string, LogRecord[]>()
  #position = 0
  #note: string | undefined
  #task: PartitionTask

  constructor(definition: TaskDefinition, options: { readonly partition?: number } = {}) {
    this.#definition = definition
    this.#partition = options.partition ?? 0
    this.#task = this.#restored()
  }

  /** Appends to the input topic; nothing is processed yet. */
  append(inputs: readonly TestInput[]): void {
    for (const input of inputs) {
      this.#input.push({
        partition: this.#partition,
        offset: this.#input.length,
        timestampMs: input.timestampMs ?? 0,
        key: asBuffer(input.key ?? null),
        value: input.value,
        headers: input.headers ?? {},
      })
    }
  }

  /** What was committed with the position. */
  get note(): string | undefined {
    return this.#note
  }

  /** Records that were appended and not yet processed. */
  get lag(): number {
    return this.#input.length - this.#position
  }

  /** Processes the next `size` records as one batch and commits. */
  commit(size: number): readonly OutputBatch[] {
    const records = this.#input.slice(this.#position, this.#position + size)
    const outputs = this.#task.process(records)
    for (const batch of outputs) this.#write(batch, records.at(-1)?.timestampMs ?? 0)
    this.#position += records.length
    this.#note = this.#task.note?.()
    return outputs
  }

  /** `commit` of a task that prepares. */
  async commitPrepared(size: number): Promise<readonly OutputBatch[]> {
    await this.#prepare(size)
    return this.commit(size)
  }

  /** Processes the next `size` records, loses the outcome, and restarts from what was committed. */
  crash(size = 0): void {
    this.#task.process(this.#input.slice(this.#position, this.#position + size))
    this.#task = this.#restored()
  }

  /** Appends and processes, one batch. */
  pipe(inputs: readonly TestInput[]): readonly OutputBatch[] {
    this.append(inputs)
    return this.commit(this.lag)
  }

  /** Processes what is left, cut into batches of the given sizes in turn; a negative size is a crash in a batch that long. */
  drain(sizes: readonly number[]): void {
    for (const size of sizes) this.#step(size)
    if (this.lag > 0) this.commit(this.lag)
  }

  #step(size: number): void {
    if (size < 0) this.crash(-size)
    else if (size > 0) this.commit(size)
  }

  /** `pipe` of a task that prepares. */
  async pipePrepared(inputs: readonly TestInput[]): Promise<readonly OutputBatch[]> {
    this.append(inputs)
    return this.commitPrepared(this.lag)
  }

  /** `drain` of a task that prepares. */
  async drainPrepared(sizes: readonly number[]): Promise<void> {
    for (const size of sizes) {
      await this.#prepare(Math.abs(size))
      this.#step(size)
    }
    if (this.lag > 0) await this.commitPrepared(this.lag)
  }

  async #prepare(size: number): Promise<void> {
    await this.#task.prepare?.(this.#input.slice(this.#position, this.#position + size))
  }

  /** All committed records of a topic; those of one partition when it is named. */
  read(topic: string, partition?: number): readonly LogRecord[] {
    const log = this.#logs.get(topic) ?? []
    return partition === undefined ? log : log.filter((record) => record.partition === partition)
  }

  #write(batch: OutputBatch, writtenAtMs: number): void {
    const log = this.#logs.get(batch.topic) ?? []
    this.#logs.set(batch.topic, log)
    const last = log.findLast((record) => record.partition === batch.partition)
    // One offset is the marker of the transaction before.
    let offset = last === undefined ? 0 : last.offset + 2
    for (const { key, value, headers = {}, timestampMs = writtenAtMs } of batch.messages) {
      const { partition } = batch
      log.push({ partition, offset: offset++, timestampMs, key: asBuffer(key), value, headers })
    }
  }

  #restored(): PartitionTask {
    const task = this.#definition.create(this.#partition)
    for (const { topic, retentionMs = Infinity } of this.#definition.restoreFrom) {
      const log = this.read(topic, this.#partition)
      const newestMs = log.reduce((newest, record) => Math.max(newest, record.timestampMs), -Infinity)
      for (const record of log) {
        if (record.timestampMs >= newestMs - retentionMs) task.restore(topic, record)
      }
    }
    task.restoreNote?.(this.#note)
    return task
  }
}

function asBuffer(bytes: Buffer | string | null): Buffer | null {
  return typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes
}
