import { errorText } from '../cli-error.ts'

/** A terminal's Ctrl-C may arrive twice, from the terminal and from npm: within this time it is one request. */
const SAME_REQUEST_MS = 1_000
/** However long the parts take, the whole stop ends by then; the children die with this process. */
const STOP_DEADLINE_MS = 60_000
/** After this long it is said what is being waited for. */
const TELL_AFTER_MS = 3_000

export interface Stopper {
  /** Aborted by Ctrl-C, a termination signal, or `fail`. */
  readonly signal: AbortSignal
  /** Rejects when the signal is aborted: to be raced with what cannot be cut short. */
  readonly aborted: Promise<never>
  readonly add: (name: string, stop: () => Promise<void>) => void
  /** Ends the run for something that cannot be mended while it goes on. The first reason counts. */
  readonly fail: (reason: unknown) => void
  readonly failure: () => unknown
  /** Stops what was added, the newest first. Safe to call twice. */
  stopAll(): Promise<void>
}

/** Collects what has to be stopped, and listens for the request. A second Ctrl-C ends at once. */
export function createStopper(): Stopper {
  const stopping = new AbortController()
  const parts: { readonly name: string; readonly stop: () => Promise<void> }[] = []
  let askedAtMs = -Infinity
  let failure: unknown
  const onSignal = (): void => {
    const nowMs = performance.now()
    if (nowMs - askedAtMs < SAME_REQUEST_MS) return
    if (stopping.signal.aborted) process.exit(130)
    askedAtMs = nowMs
    stopping.abort(new Error('stopped'))
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  const aborted = new Promise<never>((_resolve, reject) => {
    stopping.signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true })
  })
  aborted.catch(() => undefined)
  return {
    signal: stopping.signal,
    aborted,
    add: (name, stop) => void parts.push({ name, stop }),
    fail(reason) {
      failure ??= reason
      stopping.abort(reason)
    },
    failure: () => failure,
    async stopAll() {
      const deadline = setTimeout(() => {
        console.error(`did not stop within ${STOP_DEADLINE_MS / 1_000} s; ending the rest at once`)
        process.exit(1)
      }, STOP_DEADLINE_MS)
      for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
        const { name } = part
        const telling = setTimeout(() => console.log(`  waiting for ${name} to end …`), TELL_AFTER_MS)
        await part
          .stop()
          .catch((error: unknown) => console.error(`${name} did not stop cleanly: ${errorText(error)}`))
        clearTimeout(telling)
      }
      clearTimeout(deadline)
    },
  }
}
