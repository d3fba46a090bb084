import type { ThreadTimes } from './thread-clock.ts'
import { mainThreadClock } from './thread-clock.ts'
import { ThreadTimeline } from './thread-timeline.ts'

/** What main threads did while requests were slow: means over those requests. */
export interface SlowRequests {
  readonly count: number
  readonly meanMs: number
  /** By process. */
  readonly threads: Readonly<Record<string, ThreadTimes>>
}

/** Keeps the moments of slow requests beside the times of the threads that could be the cause. */
export class SlowRequestWatch {
  readonly #slowMs: number
  readonly #timelines: readonly (readonly [string, ThreadTimeline])[]
  readonly #moments: { readonly fromMs: number; readonly toMs: number }[] = []

  constructor(slowMs: number, pids: Readonly<Record<string, number>>) {
    this.#slowMs = slowMs
    this.#timelines = Object.entries(pids).flatMap(([name, pid]) => {
      const clock = mainThreadClock(pid)
      return clock === undefined ? [] : [[name, new ThreadTimeline(clock)] as const]
    })
  }

  look(nowMs: number): void {
    for (const [, timeline] of this.#timelines) timeline.look(nowMs)
  }

  answered(dueMs: number, doneMs: number): void {
    if (doneMs - dueMs > this.#slowMs) this.#moments.push({ fromMs: dueMs, toMs: doneMs })
  }

  result(): SlowRequests {
    const count = this.#moments.length
    const mean = (of: (moment: { fromMs: number; toMs: number }) => number): number =>
      this.#moments.reduce((sum, moment) => sum + of(moment), 0) / Math.max(1, count)
    return {
      count,
      meanMs: mean(({ fromMs, toMs }) => toMs - fromMs),
      threads: Object.fromEntries(
        this.#timelines.map(([name, timeline]) => [
          name,
          {
            ranMs: mean(({ fromMs, toMs }) => timeline.between(fromMs, toMs).ranMs),
            waitedMs: mean(({ fromMs, toMs }) => timeline.between(fromMs, toMs).waitedMs),
          },
        ]),
      ),
    }
  }
}
