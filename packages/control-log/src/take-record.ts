import { decodeControlEvent } from '@meterline/contract'
import { type ControlEvent, foldControlEvent, type OrganizationViewOf } from '@meterline/domain'

/** A record of a known kind that cannot be read: the view goes on without it, its entity stays as it was before. */
export interface UnreadableRecord {
  /** The record's key, `kind:id`; empty where it has none. */
  readonly key: string
  readonly offset: number
  readonly reason: string
}

/** By key: a later record of the same entity, or its removal, takes the place of one that could not be read. */
export type UnreadableRecords = ReadonlyMap<string, UnreadableRecord>

/** What a follower makes of `control.log`. */
export interface FoldedLog {
  readonly view: OrganizationViewOf<never>
  readonly unreadable: Map<string, UnreadableRecord>
}

interface LogEntry {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly offset: number
}

/**
 * Folds one record; gives the event, `undefined` for a kind that is not known here, or the record that could not be read. Nobody is
 * stopped by one here: who must not go on without it, such as the one who decides, asks `unreadable`.
 */
export function takeRecord(log: FoldedLog, record: LogEntry): ControlEvent | UnreadableRecord | undefined {
  const { value, offset } = record
  if (value === null) return undefined
  let event: ControlEvent | undefined
  try {
    event = decodeControlEvent(value)
    foldControlEvent(log.view, event, offset)
  } catch (error) {
    foldControlEvent(log.view, undefined, offset)
    const unreadable = { key: record.key?.toString('utf8') ?? '', offset, reason: reasonOf(error) }
    log.unreadable.set(unreadable.key, unreadable)
    return unreadable
  }
  if (event !== undefined && log.unreadable.size > 0) log.unreadable.delete(`${event.kind}:${event.id}`)
  return event
}

/** One sentence for people: which records the view goes without. `undefined`: none. */
export function unreadableText(unreadable: UnreadableRecords): string | undefined {
  const records = [...unreadable.values()]
  const [first] = records
  if (first === undefined) return undefined
  const more = records.length > 1 ? `, and ${records.length - 1} more` : ''
  return `record ${first.offset} of control.log (${first.key}) cannot be read${more}: ${first.reason}`
}

/** For a gauge: a row for each record that the view goes without. */
export function unreadableRows(
  unreadable: UnreadableRecords,
): readonly { readonly labels: Record<string, string>; readonly value: number }[] {
  return [...unreadable.values()].map(({ key, offset }) => ({
    labels: { key, offset: String(offset) },
    value: 1,
  }))
}

const MAX_REASON_CHARACTERS = 200

function reasonOf(error: unknown): string {
  // What the parser says would quote the record.
  if (error instanceof SyntaxError) return 'it is not JSON'
  const text = error instanceof Error ? error.message : String(error)
  return text.replaceAll(/\s+/g, ' ').slice(0, MAX_REASON_CHARACTERS)
}
