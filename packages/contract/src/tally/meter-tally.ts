/** What meter did with the records of one partition that arrived within one hour. */
export interface TallyCounts {
  /** Records read from `usage.events`. */
  readonly accepted: number
  readonly metered: number
  readonly duplicates: number
  readonly rejected: number
  /** Of the metered ones, those that correct another: each makes two records of `usage.metered`. */
  readonly corrections: number
}

/**
 * Meter's counts of one partition of `usage.events`, committed with its position: exact for the offsets from `fromOffset` up to
 * that position. Hours are those of the record's own timestamp, counted since the epoch.
 */
export interface MeterTally {
  readonly fromOffset: number
  readonly hours: ReadonlyMap<number, TallyCounts>
  /** Hours before the oldest one in `hours`, taken together; `undefined` while there are none. */
  readonly earlier: TallyCounts | undefined
}

/** Hours that are told apart: more would not fit beside a position, which Kafka bounds at 4 KiB. */
export const MAX_TALLY_HOURS = 24

const VERSION = 't1'
/** The fifth number came later, and is left out where it is 0. */
const ENTRY = /^(e|\d+)=(\d+),(\d+),(\d+),(\d+)(?:,(\d+))?$/

/** Plain ASCII without quotes: it stands within JSON. At most 2 KiB. */
export function encodeMeterTally({ fromOffset, hours, earlier }: MeterTally): string {
  const entries = [...hours].map(([hour, counts]) => `${hour}=${countsText(counts)}`)
  const before = earlier === undefined ? [] : [`e=${countsText(earlier)}`]
  return [VERSION, String(fromOffset), ...before, ...entries].join(';')
}

/** `undefined` for a text that this version did not write. */
export function decodeMeterTally(text: string): MeterTally | undefined {
  const [version, from = '', ...entries] = text.split(';')
  if (version !== VERSION || !/^\d+$/.test(from)) return undefined
  const hours = new Map<number, TallyCounts>()
  let earlier: TallyCounts | undefined
  for (const entry of entries) {
    const found = ENTRY.exec(entry)
    if (found === null) return undefined
    const numbers = found.slice(2).map((digits) => Number(digits ?? 0))
    const [accepted = 0, metered = 0, duplicates = 0, rejected = 0, corrections = 0] = numbers
    const counts = { accepted, metered, duplicates, rejected, corrections }
    if (found[1] === 'e') earlier = counts
    else hours.set(Number(found[1]), counts)
  }
  return { fromOffset: Number(from), hours, earlier }
}

function countsText({ accepted, metered, duplicates, rejected, corrections }: TallyCounts): string {
  const rest = corrections === 0 ? '' : `,${corrections}`
  return `${accepted},${metered},${duplicates},${rejected}${rest}`
}
