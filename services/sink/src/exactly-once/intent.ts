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
}

const VERSION = 'v1'
const FIELDS = 7

/** At most 110 characters; brokers refuse more than 4,096. */
export function encodeIntent(intent: Intent): string {
  const { from, to, count, minEventMs, maxEventMs, deadlineMs } = intent
  return [VERSION, from, to, count, minEventMs, maxEventMs, deadlineMs].join('|')
}

/** `undefined` when nothing was under way. Throws `SinkHalt` for text that is no intent of ours: guessing could double rows. */
export function decodeIntent(metadata: string): Intent | undefined {
  if (metadata === '') return undefined
  const [version, ...texts] = metadata.split('|')
  const numbers = texts.map((text) => (/^-?\d+$/.test(text) ? Number(text) : Number.NaN))
  if (version !== VERSION || texts.length !== FIELDS - 1 || !numbers.every(Number.isSafeInteger)) {
    throw new SinkHalt('unreadable_intent', `the committed position carries "${metadata.slice(0, 200)}"`)
  }
  const [from = 0, to = 0, count = 0, minEventMs = 0, maxEventMs = 0, deadlineMs = 0] = numbers
  return { from, to, count, minEventMs, maxEventMs, deadlineMs }
}
