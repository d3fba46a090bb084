import { createRequire, syncBuiltinESMExports } from 'node:module'

import { currentProcess } from './sim-process.ts'
import type { Cancellable, VirtualTime } from './virtual-time.ts'

const timersPromises = createRequire(import.meta.url)('node:timers/promises') as { setTimeout: unknown }

/**
 * Puts the clocks and timers of Node itself on virtual time, each process on its own: the code under test runs as it is, and
 * nothing in it can wait for real. Returns what puts the real ones back.
 */
export function installVirtualTime(time: VirtualTime): () => void {
  const real = {
    now: Date.now,
    performanceNow: Object.getOwnPropertyDescriptor(performance, 'now'),
    setTimeout: globalThis.setTimeout,
    clearTimeout: globalThis.clearTimeout,
    setInterval: globalThis.setInterval,
    clearInterval: globalThis.clearInterval,
    sleep: timersPromises.setTimeout,
  }
  const startMs = time.nowMs
  const never = (): never => {
    throw new TypeError('the simulation has no intervals')
  }
  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms = 0) => timerHandle(startTimer(time, ms, run)),
    clearTimeout: (handle?: Cancellable) => handle?.cancel(),
    setInterval: never,
    clearInterval: never,
  })
  Date.now = () => currentProcess()?.wallClockMs ?? time.nowMs
  performance.now = () => time.nowMs - startMs
  timersPromises.setTimeout = (ms = 0, value?: unknown, options: { signal?: AbortSignal } = {}) =>
    sleep(time, { ms, value, signal: options.signal })
  syncBuiltinESMExports()
  return () => {
    const { now, performanceNow, sleep: realSleep, ...globals } = real
    Object.assign(globalThis, globals)
    Date.now = now
    if (performanceNow === undefined) Reflect.deleteProperty(performance, 'now')
    else Object.defineProperty(performance, 'now', performanceNow)
    timersPromises.setTimeout = realSleep
    syncBuiltinESMExports()
  }
}

function startTimer(time: VirtualTime, ms: number, run: () => void): Cancellable {
  const owner = currentProcess()
  return time.after(ms, owner === undefined ? run : () => owner.deliver(run))
}

function timerHandle(timer: Cancellable) {
  const handle = { ...timer, ref: () => handle, unref: () => handle }
  return handle
}

function sleep(
  time: VirtualTime,
  {
    ms,
    value,
    signal,
  }: { readonly ms: number; readonly value: unknown; readonly signal?: AbortSignal | undefined },
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      timer.cancel()
      reject(
        Object.assign(new Error('The operation was aborted', { cause: signal?.reason }), {
          name: 'AbortError',
        }),
      )
    }
    const timer = startTimer(time, ms, () => {
      signal?.removeEventListener('abort', aborted)
      resolve(value)
    })
    if (signal?.aborted === true) aborted()
    else signal?.addEventListener('abort', aborted, { once: true })
  })
}
