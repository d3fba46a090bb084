import { decodeMeterTally, encodeMeterTally, MAX_TALLY_HOURS } from '@meterline/contract'
import type { TallyCounts } from '@meterline/contract'
import type { LogRecord } from '@meterline/topology'

type Counts = { -readonly [K in keyof TallyCounts]: TallyCounts[K] }

const HOUR_MS = 3_600_000

/**
 * What became of each record of one partition, by the hour it arrived in (docs/decisions/0040). It is committed with the
 * position, so it is exact whatever was killed. The newest hours are told apart; once there are too many, the oldest goes into
 * `earlier`, and so does everything that is older still.
 */
export class RunningTally {
  #fromOffset: number | undefined
  readonly #hours = new Map<number, Counts>()
  #earlier: Counts | undefined
  /** Hours below are counted as earlier. */
  #floorHour = -Infinity
  #recent: { readonly hour: number; readonly counts: Counts } | undefined

  /** Counts the record as accepted; the caller counts what becomes of it. What is before the beginning counts nowhere. */
  accept({ timestampMs, offset }: Pick<LogRecord, 'timestampMs' | 'offset'>): Counts {
    this.#fromOffset ??= offset
    // Read again after its outputs were kept and its position was not (docs/decisions/0031): their rows are older than these counts.
    if (offset < this.#fromOffset) return none()
    // A producer's clock can say anything.
    const hour = timestampMs > 0 ? Math.floor(timestampMs / HOUR_MS) : 0
    const counts = this.#recent?.hour === hour ? this.#recent.counts : this.#countsOf(hour)
    counts.accepted += 1
    return counts
  }

  /** `undefined` until there was a record: where counting begins is not known before. */
  encode(): string | undefined {
    const fromOffset = this.#fromOffset
    if (fromOffset === undefined) return undefined
    return encodeMeterTally({ fromOffset, hours: this.#hours, earlier: this.#earlier })
  }

  /** Goes on from a committed tally; from nothing where there is none, or none that this version can read. */
  restore(text: string | undefined): void {
    const tally = text === undefined ? undefined : decodeMeterTally(text)
    if (tally === undefined) return
    this.#fromOffset = tally.fromOffset
    for (const [hour, counts] of tally.hours) this.#hours.set(hour, { ...counts })
    if (tally.earlier === undefined) return
    this.#earlier = { ...tally.earlier }
    this.#floorHour = Math.min(...this.#hours.keys())
  }

  #countsOf(hour: number): Counts {
    if (hour < this.#floorHour) return (this.#earlier ??= none())
    const counts = this.#hours.get(hour) ?? none()
    this.#hours.set(hour, counts)
    if (this.#hours.size <= MAX_TALLY_HOURS) {
      this.#recent = { hour, counts }
      return counts
    }
    const oldestHour = Math.min(...this.#hours.keys())
    const oldest = this.#hours.get(oldestHour) ?? none()
    this.#hours.delete(oldestHour)
    this.#floorHour = Math.min(...this.#hours.keys())
    this.#recent = undefined
    this.#earlier = sum(this.#earlier ?? none(), oldest)
    return oldestHour === hour ? this.#earlier : counts
  }
}

function none(): Counts {
  return { accepted: 0, metered: 0, duplicates: 0, rejected: 0, corrections: 0 }
}

function sum(a: TallyCounts, b: TallyCounts): Counts {
  return {
    accepted: a.accepted + b.accepted,
    metered: a.metered + b.metered,
    duplicates: a.duplicates + b.duplicates,
    rejected: a.rejected + b.rejected,
    corrections: a.corrections + b.corrections,
  }
}
