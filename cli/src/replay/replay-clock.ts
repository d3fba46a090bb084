import { usageError } from '../cli-error.ts'
import type { TraceTime } from './trace-row.ts'

/**
 * Where the trace lies in time. `now`: paced, an event happens when it is sent; unpaced, the whole trace ends now, since what
 * lies in the future is rejected. `keep`: its own times. A moment: the trace begins there.
 */
export interface ReplayClock {
  eventTimeMs(time: TraceTime): number
  /** When to send it, milliseconds since the replay began; 0 when unpaced. */
  dueMs(time: TraceTime): number
}

export interface ReplayClockOptions {
  readonly start: 'now' | 'keep' | number
  /** 1 is the trace's own pace, 0 as fast as possible. */
  readonly speed: number
  readonly nowMs: number
  readonly first: TraceTime
  readonly last: TraceTime
}

export function createReplayClock({ start, speed, nowMs, first, last }: ReplayClockOptions): ReplayClock {
  if (start === 'keep' && first.kind === 'since') {
    throw usageError('this trace counts seconds since its start: use --start now or --start <time>')
  }
  const dueMs = ({ ms }: TraceTime): number => (speed === 0 ? 0 : (ms - first.ms) / speed)
  const eventTimeMs = (time: TraceTime): number => {
    if (start === 'keep') return time.ms
    if (start !== 'now') return start + time.ms - first.ms
    return speed === 0 ? nowMs - last.ms + time.ms : Math.round(nowMs + dueMs(time))
  }
  return { eventTimeMs, dueMs }
}

export function parseStart(text: string): 'now' | 'keep' | number {
  if (text === 'now' || text === 'keep') return text
  const ms = Date.parse(text)
  if (Number.isNaN(ms))
    throw usageError(`--start: "${text}" is neither now, nor keep, nor a time such as 2026-11-01T00:00:00Z`)
  return ms
}
