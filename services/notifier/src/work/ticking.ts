export interface Ticking {
  /** A round sooner than the next one. */
  wake(): void
  count(): number
  /** Waits for the round under way. */
  stop(): Promise<void>
}

/** Rounds at an interval, never two at once; a round that fails is told, and the next one comes. */
export function startTicking(options: {
  readonly everyMs: number
  readonly tick: () => Promise<void>
  readonly onError: (error: unknown) => void
}): Ticking {
  let count = 0
  let stopped = false
  let underWay: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let wakeTimer: NodeJS.Timeout | undefined

  const round = (): void => {
    if (stopped || underWay !== undefined) return
    underWay = options
      .tick()
      .catch(options.onError)
      .finally(() => {
        count += 1
        underWay = undefined
      })
  }
  timer = setInterval(round, options.everyMs)
  round()
  return {
    wake() {
      // A burst of alerts is one round.
      wakeTimer ??= setTimeout(() => {
        wakeTimer = undefined
        round()
      }, WAKE_DELAY_MS)
    },
    count: () => count,
    async stop() {
      stopped = true
      clearInterval(timer)
      clearTimeout(wakeTimer)
      await underWay
    },
  }
}

const WAKE_DELAY_MS = 50
