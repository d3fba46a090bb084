import { SinkHalt } from './sink-halt.ts'

/**
 * What the sink is about to insert, written beside the committed offset `from` before it does. Whoever finds it there knows which
 * rows may have arrived, where to look for them, and until when they still may.
 */
export interface Intent {
  /** First offset of the range: the committed position itself. */
  readonly from: number
  /** Last offset, inclusive; it may be a transaction marker's. */
  readonly to: number
  /** Rows to be stored: the records of the range without those that were rejected. */
  readonly count: number
  readonly minEventMs: number
  readonly maxEventMs: number
  /** On ClickHouse's clock: nothing of the range can begin to be stored later. */
  readonly deadlineMs: number
  /**
   * Last offsets of the ranges that follow, each beginning where the one before it ends: cut off a range that the server refused,
   * which may have stored months of it before. Empty but for such ranges.
   */
  readonly laterEnds: readonly number[]
}

const VERSION = 'v1'
const FIELDS = 7
const LATER_SEPARATOR = ','

/** At most 110 characters, and 17 for each later end, of which halving makes twenty at most; brokers refuse more than 4,096. */
export function encodeIntent(intent: Intent): string {
  const { from, to, count, minEventMs, maxEventMs, deadlineMs, laterEnds } = intent
  const fields = [VERSION, from, to, count, minEventMs, maxEventMs, deadlineMs]
  return [...fields, ...(laterEnds.length === 0 ? [] : [laterEnds.join(LATER_SEPARATOR)])].join('|')
}

/** `undefined` when nothing was under way. Throws `SinkHalt` for text that is no intent of ours: guessing could double rows. */
export function decodeIntent(metadata: string): Intent | undefined {
  if (metadata === '') return undefined
  const [version, ...texts] = metadata.split('|')
  const numbers = texts.slice(0, FIELDS - 1).map(wholeNumber)
  const laterEnds = texts.slice(FIELDS - 1).flatMap((ends) => ends.split(LATER_SEPARATOR).map(wholeNumber))
  const isOurs = version === VERSION && numbers.length === FIELDS - 1 && texts.length <= FIELDS
  if (!isOurs || ![...numbers, ...laterEnds].every(Number.isSafeInteger)) {
    throw new SinkHalt('unreadable_intent', `the committed position carries "${metadata.slice(0, 200)}"`)
  }
  const [from = 0, to = 0, count = 0, minEventMs = 0, maxEventMs = 0, deadlineMs = 0] = numbers
  return { from, to, count, minEventMs, maxEventMs, deadlineMs, laterEnds }
}

const wholeNumber = (text: string): number => (/^-?\d+$/.test(text) ? Number(text) : Number.NaN)
