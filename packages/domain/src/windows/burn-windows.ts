import type { WindowName } from '../spend/spend-state.ts'
import { PaneRing } from './pane-ring.ts'
import type { PaneLevel } from './pane-ring.ts'

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

/** Panes of 1 s up to 15 min, of 1 min up to 24 h, of 1 h up to 30 d: a window's error is at most one pane of its level. */
const SECONDS: PaneLevel = { retentionPanes: 900, windowPanes: [60, 300, 900] }
const MINUTES: PaneLevel = { retentionPanes: 1_440, windowPanes: [30, 60, 360, 1_440] }
const HOURS: PaneLevel = { retentionPanes: 720, windowPanes: [72, 168, 720] }

/** Before any time: an integer of 32 bits, which needs no memory of its own, as infinity does. */
const BEFORE_ALL = -1

/** Told of every minute and hour pane that leaves. */
export type Evicted = (level: 'minute' | 'hour', pane: number) => void

/**
 * Rolling burn of one scope over all windows of `WINDOWS`, shown as of the newest time given to `add` or `advance`. The pane
 * that holds that time counts as a whole: `1m` is this second and the 59 before it.
 */
export class BurnWindows {
  readonly seconds = new PaneRing(SECONDS)
  readonly minutes = new PaneRing(MINUTES)
  readonly hours = new PaneRing(HOURS)
  #second = BEFORE_ALL
  #minute = BEFORE_ALL

  /** Adds to every level that still keeps the pane; panes older than 30 days are left out of all. */
  add(timestampMs: number, creditsMicro: number, requests: number): void {
    this.seconds.add(Math.floor(timestampMs / SECOND_MS), creditsMicro, requests)
    this.minutes.add(Math.floor(timestampMs / MINUTE_MS), creditsMicro, requests)
    this.hours.add(Math.floor(timestampMs / HOUR_MS), creditsMicro, requests)
  }

  advance(nowMs: number, evicted?: Evicted): void {
    const second = Math.floor(nowMs / SECOND_MS)
    if (second <= this.#second) return
    this.#second = second
    this.seconds.advance(second)
    const minute = Math.floor(nowMs / MINUTE_MS)
    if (minute === this.#minute) return
    this.#minute = minute
    this.minutes.advance(minute, evicted && ((pane) => evicted('minute', pane)))
    this.hours.advance(Math.floor(nowMs / HOUR_MS), evicted && ((pane) => evicted('hour', pane)))
  }

  /** Whether `advance` to that time, or a later one of its second, was done. */
  isAt(nowMs: number): boolean {
    return Math.floor(nowMs / SECOND_MS) <= this.#second
  }

  /** The same for its minute: until the next one no pane of a minute or an hour leaves. */
  isAtMinute(nowMs: number): boolean {
    return Math.floor(nowMs / MINUTE_MS) <= this.#minute
  }

  /** Micro-credits per window. */
  totals(): Record<WindowName, number> {
    const { seconds, minutes, hours } = this
    return {
      '1m': seconds.creditsMicro(0),
      '5m': seconds.creditsMicro(1),
      '15m': seconds.creditsMicro(2),
      '30m': minutes.creditsMicro(0),
      '1h': minutes.creditsMicro(1),
      '6h': minutes.creditsMicro(2),
      '24h': minutes.creditsMicro(3),
      '3d': hours.creditsMicro(0),
      '7d': hours.creditsMicro(1),
      '30d': hours.creditsMicro(2),
    }
  }

  /** As `PaneRing.weightWith`, of the level where it is largest. */
  weightWith(timestampMs: number, creditsMicro: number): number {
    return Math.max(
      this.seconds.weightWith(Math.floor(timestampMs / SECOND_MS), creditsMicro),
      this.minutes.weightWith(Math.floor(timestampMs / MINUTE_MS), creditsMicro),
      this.hours.weightWith(Math.floor(timestampMs / HOUR_MS), creditsMicro),
    )
  }

  get requests24h(): number {
    return this.minutes.requests
  }

  get isEmpty(): boolean {
    return this.seconds.length === 0 && this.minutes.length === 0 && this.hours.length === 0
  }

  get bytes(): number {
    return this.seconds.bytes + this.minutes.bytes + this.hours.bytes
  }
}
