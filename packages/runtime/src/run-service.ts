import type { Registry } from 'prom-client'

import { createLogger } from './logger.ts'
import type { Logger } from './logger.ts'
import { createMetrics } from './metrics.ts'
import { onSupervisorGone } from './supervised.ts'

export const DEFAULT_SHUTDOWN_DEADLINE_MS = 10_000

export const EXIT_CODES = {
  stopped: 0,
  /** Wrong configuration, or it failed to start, or it failed later. */
  failed: 1,
  /** The orderly stop took longer than its deadline. */
  deadline: 2,
} as const

/** What every service is given: where it logs, where it counts, what time it is, and how it says that it cannot go on. */
export interface ServiceShell {
  readonly name: string
  readonly logger: Logger
  readonly metrics: Registry
  /** The date that decisions rest on. How long something takes or holds is measured by monotonic clocks. */
  readonly nowMs: () => number
  /** Aborted when the service has to stop: a start that is still waiting for something gives up. */
  readonly stopping: AbortSignal
  /** Ends the service in order, with exit code 1; the supervisor starts it again. */
  readonly fail: (error: unknown) => void
}

export interface ServiceDefinition<T> {
  readonly name: string
  readonly logLevel?: string
  start(shell: ServiceShell): Promise<T>
  /** Stops taking work, finishes what was begun, closes. Called once, and only if `start` succeeded. */
  stop(running: T): Promise<void>
  readonly shutdownDeadlineMs?: number
}

/** Runs until a signal, a failure, or the supervisor's death; then stops in order, within a deadline, and exits the process. */
export async function runService<T>(definition: ServiceDefinition<T>): Promise<void> {
  const { name, shutdownDeadlineMs = DEFAULT_SHUTDOWN_DEADLINE_MS } = definition
  const logger = createLogger({ name, level: definition.logLevel ?? process.env['LOG_LEVEL'] ?? 'info' })
  const stopping = new AbortController()
  let exitCode: number = EXIT_CODES.stopped
  const stopped = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(), { once: true })
  })

  const requestStop = (reason: string): void => {
    if (stopping.signal.aborted) return
    logger.info({ event: 'serviceStopping', reason }, 'stopping')
    // Not unref'd: whatever keeps hanging, the process ends by then.
    setTimeout(() => {
      logger.error({ event: 'shutdownDeadlinePassed', shutdownDeadlineMs }, 'did not stop in time')
      process.exit(EXIT_CODES.deadline)
    }, shutdownDeadlineMs)
    stopping.abort()
  }
  const fail = (error: unknown): void => {
    exitCode = EXIT_CODES.failed
    logger.error({ event: 'serviceFailed', err: error }, 'cannot go on')
    requestStop('failure')
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(EXIT_CODES.failed)
      requestStop(signal)
    })
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  onSupervisorGone(() => requestStop('the supervisor is gone'))

  const shell: ServiceShell = {
    name,
    logger,
    metrics: createMetrics(name),
    nowMs: () => Date.now(),
    stopping: stopping.signal,
    fail,
  }
  try {
    const running = await definition.start(shell)
    logger.info({ event: 'serviceStarted' }, 'started')
    await stopped
    await definition.stop(running)
    logger.info({ event: 'serviceStopped' }, 'stopped')
  } catch (error) {
    // A start that gives up because it was told to stop is no failure.
    if (!stopping.signal.aborted) exitCode = EXIT_CODES.failed
    logger.error({ event: 'serviceFailed', err: error }, 'cannot go on')
  }
  process.exit(exitCode)
}
