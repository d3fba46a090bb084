/** A record as it stands in a log: bytes plus where and when. Buffers are never changed by a reader. */
export interface LogRecord {
  readonly partition: number
  /** Position in the partition. Holes are normal: transaction markers and aborted records take offsets too. */
  readonly offset: number
  /** The record's own timestamp (CreateTime), milliseconds since the epoch. */
  readonly timestampMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: RecordHeaders
}

export type RecordHeaders = Readonly<Record<string, Buffer | string | undefined>>

/** A record to be written. The partition is always chosen by the writer, never by a client's partitioner. */
export interface OutputMessage {
  readonly key: Buffer | string | null
  readonly value: Buffer | null
  readonly headers?: RecordHeaders
  /** Milliseconds since the epoch; the time of writing when left out. */
  readonly timestampMs?: number
}

/** All messages of one transaction for one topic-partition: the unit of a send (one send never spans brokers). */
export interface OutputBatch {
  readonly topic: string
  readonly partition: number
  readonly messages: readonly OutputMessage[]
}
