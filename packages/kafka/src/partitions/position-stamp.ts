import type { LogRecord, OutputBatch } from '@meterline/topology'
import { KafkaError } from '../errors.ts'
import type { CommittedPosition } from '../partition.ts'

/**
 * Ties a task's restore topics to its position. The last record that a transaction writes to a restore topic carries the position
 * of that transaction in a header, and the committed offset's metadata names, per topic, the newest such position. After a restore
 * both must agree: a log that lost its end, or was read short, or has a second writer, is found out before it does harm.
 */
export interface PositionStamps {
  /** Outputs with the stamp set where they go to a restore topic, and the metadata to commit with them. */
  stamp(
    outputs: readonly OutputBatch[],
    nextOffset: number,
    note?: string,
  ): { outputs: readonly OutputBatch[]; metadata: string }
  /** @throws KafkaError `inconsistent` when the newest stamp found in `topic` is not the one the position names. */
  check(topic: string, found: number | undefined): void
}

export function createPositionStamps(
  task: { readonly partition: number; readonly restoreTopics: readonly string[] },
  committed: CommittedPosition,
): PositionStamps {
  const newest = readPositions(committed.metadata)
  return {
    stamp: (outputs, nextOffset, note) => {
      const stamped = outputs.map((output) => {
        const isRestoreTopic =
          output.partition === task.partition && task.restoreTopics.includes(output.topic)
        if (!isRestoreTopic || output.messages.length === 0) return output
        newest.set(output.topic, nextOffset)
        const last = output.messages.at(-1)!
        const headers = { ...last.headers, [HEADER]: String(nextOffset) }
        return { ...output, messages: [...output.messages.slice(0, -1), { ...last, headers }] }
      })
      return { outputs: stamped, metadata: metadataOf(newest, note) }
    },
    check: (topic, found) => {
      const expected = newest.get(topic)
      // Nothing found is fine where retention has emptied the log.
      if (found === undefined || found === expected) return
      throw new KafkaError(
        'inconsistent',
        `${topic}/${task.partition}: its newest transaction stands at position ${found}, the committed position names ${expected ?? 'none'}${found < (expected ?? -1) ? ', whose outputs are gone' : ''}`,
      )
    },
  }
}

/** The position stamped on a record, if any. */
export function readStamp(record: LogRecord): number | undefined {
  const value = record.headers[HEADER]
  return value === undefined ? undefined : Number(value.toString())
}

/** The task's note in a position's metadata (`PartitionTask.note`), if there is one. */
export function readNote(metadata: string): string | undefined {
  const note = entriesOf(metadata).find(([name]) => name === NOTE)?.[1]
  return typeof note === 'string' ? note : undefined
}

/** What a committed offset carries: of each restore topic the newest position, and the task's note. */
export function metadataOf(newest: ReadonlyMap<string, number>, note?: string): string {
  return JSON.stringify({ ...Object.fromEntries(newest), ...(note === undefined ? {} : { [NOTE]: note }) })
}

/** Of each restore topic the newest position that a committed offset's metadata names. */
export function readPositions(metadata: string): Map<string, number> {
  return new Map(
    entriesOf(metadata).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  )
}

function entriesOf(metadata: string): [string, unknown][] {
  if (metadata === '') return []
  const parsed: unknown = JSON.parse(metadata)
  if (typeof parsed !== 'object' || parsed === null)
    throw new KafkaError('inconsistent', `Unknown position metadata ${metadata}`)
  return Object.entries(parsed)
}

const HEADER = 'meterline-position'
const NOTE = 'note'
