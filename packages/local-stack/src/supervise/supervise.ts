import { setTimeout as delay } from 'node:timers/promises'
import { StackError } from '../errors.ts'
import { backoffMs, defaultBackoff } from './backoff.ts'
import type { BackoffPolicy } from './backoff.ts'
import type { SupervisorEvent } from './events.ts'
import { launch } from './launch.ts'
import type { Launched, ProcessEnd } from './launch.ts'
import { giveWay } from './priority.ts'
import { RotatingLog } from './rotating-log.ts'

export interface ServiceSpec {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  readonly logFile: string
  readonly logMaxBytes?: number
  /**
   * From this time after each of its starts on it gives way to others where cores are short: what serves questions about the past,
   * beside what keeps budgets. Not from the start: it has to catch up first.
   */
  readonly givesWayAfterMs?: number | undefined
  /** For how long it does not, each time it has to catch up. */
  readonly catchUpMs?: number
  /** Says, in a sentence, why the next start has to wait; asked once a second until it says nothing. */
  readonly heldBack?: () => Promise<string | undefined>
  /** Asked again and again until it says true. A rejection counts as false. */
  readonly isReady: () => Promise<boolean>
  readonly readyTimeoutMs?: number
  /** How the process is asked to end, before it is killed after `stopTimeoutMs`. */
  readonly stopBy?: 'sigterm' | 'stdin-end'
  readonly stopTimeoutMs?: number
  readonly backoff?: BackoffPolicy
  /** Attempts before the first `ready`; after that a process is restarted for as long as the supervisor lives. */
  readonly startAttempts?: number
  readonly onEvent?: (event: SupervisorEvent) => void
}

export interface Supervised {
  readonly name: string
  /** The running process, or undefined between two. */
  pid(): number | undefined
  /** Resolves when the current process (or the next, if none runs) is ready; rejects with `START_FAILED`. */
  ready(): Promise<void>
  /** SIGKILL, as a crash would be; resolves when the process is gone. The supervisor then starts the next. A `reason` is told as an event. */
  killHard(reason?: string): Promise<void>
  /** Asks the process to end, kills it after the deadline, and starts no other. Safe to call twice. */
  stop(): Promise<void>
}

export interface Supervisor extends Supervised {
  /** A process that gives way does not for `catchUpMs` from now on. */
  catchUp(): void
}

/** What a process that gives way has to make good what it missed while it was down. */
export const CATCH_UP_MS = 60_000

const readyPollMs = 50
const heldBackPollMs = 1_000

/** Keeps one process running. The next is started only after the former and its whole group have ended. */
export function supervise(spec: ServiceSpec): Supervisor {
  return new ProcessSupervisor(spec)
}

class ProcessSupervisor implements Supervisor {
  readonly name: string
  readonly #spec: ServiceSpec
  readonly #log: RotatingLog
  readonly #stopRequested = new AbortController()
  readonly #loop: Promise<void>
  #running: Launched | undefined
  #wasReady = false
  #aside: NodeJS.Timeout | undefined
  #readiness = Promise.withResolvers<void>()

  constructor(spec: ServiceSpec) {
    this.name = spec.name
    this.#spec = spec
    this.#log = new RotatingLog(spec.logFile, spec.logMaxBytes)
    this.#handleOwnRejection()
    this.#loop = this.#keepRunning()
  }

  pid(): number | undefined {
    return this.#running?.pid
  }

  ready(): Promise<void> {
    return this.#readiness.promise
  }

  async killHard(reason?: string): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    if (reason !== undefined) this.#emit({ kind: 'killing', name: this.name, reason })
    running.kill('SIGKILL')
    await running.ended
  }

  catchUp(): void {
    const running = this.#running
    if (running === undefined || this.#spec.givesWayAfterMs === undefined) return
    giveWay(running.pid, false)
    this.#letGiveWay(running, this.#spec.catchUpMs ?? CATCH_UP_MS)
  }

  async stop(): Promise<void> {
    if (!this.#stopRequested.signal.aborted) {
      this.#stopRequested.abort()
      const running = this.#running
      if (running !== undefined) await this.#end(running)
    }
    await this.#loop
  }

  async #keepRunning(): Promise<void> {
    const policy = this.#spec.backoff ?? defaultBackoff
    let failures = 0
    while (!this.#stopRequested.signal.aborted) {
      const startedMs = performance.now()
      const end = await this.#runOnce()
      if (this.#stopRequested.signal.aborted) break
      failures = performance.now() - startedMs >= policy.resetAfterMs ? 1 : failures + 1
      if (!this.#wasReady && failures >= (this.#spec.startAttempts ?? 3)) return this.#giveUp(end)
      const inMs = backoffMs(policy, failures)
      this.#emit({ kind: 'restarting', name: this.name, inMs })
      await this.#wait(inMs)
      await this.#whileHeldBack()
    }
    this.#readiness.reject(new StackError('START_FAILED', `${this.name} was stopped.`))
    this.#emit({ kind: 'stopped', name: this.name })
  }

  async #whileHeldBack(): Promise<void> {
    let told = false
    while (!this.#stopRequested.signal.aborted) {
      const reason = await this.#spec.heldBack?.()
      if (reason === undefined) return
      if (!told) this.#emit({ kind: 'held-back', name: this.name, reason })
      told = true
      await this.#wait(heldBackPollMs)
    }
  }

  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopRequested.signal }).catch(stopCutsTheWaitShort)
  }

  async #runOnce(): Promise<ProcessEnd> {
    const running = launch({ ...this.#spec, onOutput: (chunk) => this.#log.append(chunk) })
    this.#running = running
    this.#emit({ kind: 'starting', name: this.name, pid: running.pid })
    const { givesWayAfterMs } = this.#spec
    if (givesWayAfterMs !== undefined) this.#letGiveWay(running, givesWayAfterMs)
    const gone = new AbortController()
    const probing = this.#awaitReady(running, gone.signal)
    const end = await running.ended
    clearTimeout(this.#aside)
    gone.abort()
    await probing
    this.#running = undefined
    this.#renewReadiness()
    this.#emit({ kind: 'exited', name: this.name, ...end })
    return end
  }

  #letGiveWay(running: Launched, afterMs: number): void {
    clearTimeout(this.#aside)
    this.#aside = setTimeout(() => {
      // Who asked for it may have asked too late: that number may be another's by now.
      if (this.#running === running) giveWay(running.pid, true)
    }, afterMs).unref()
  }

  async #awaitReady(running: Launched, gone: AbortSignal): Promise<void> {
    const startedMs = performance.now()
    const deadlineMs = startedMs + (this.#spec.readyTimeoutMs ?? 60_000)
    while (!gone.aborted) {
      const isReady = await this.#spec.isReady().catch(() => false)
      // The answer may have come from elsewhere, or from a process that has died since.
      if (gone.aborted) return
      if (isReady) {
        this.#wasReady = true
        this.#readiness.resolve()
        this.#emit({
          kind: 'ready',
          name: this.name,
          pid: running.pid,
          afterMs: Math.round(performance.now() - startedMs),
        })
        return
      }
      if (performance.now() > deadlineMs) return running.kill('SIGKILL')
      await delay(readyPollMs)
    }
  }

  async #end(running: Launched): Promise<void> {
    if (this.#spec.stopBy === 'stdin-end') running.closeStdin()
    else running.kill('SIGTERM')
    const deadline = setTimeout(() => running.kill('SIGKILL'), this.#spec.stopTimeoutMs ?? 10_000)
    await running.ended
    clearTimeout(deadline)
  }

  #giveUp(end: ProcessEnd): void {
    const lastLine =
      this.#log.lastLines().findLast((line) => /error|exception|fatal|cannot/i.test(line)) ??
      this.#log.lastLines().at(-1)
    const reason = `${this.name} did not start (${end.signal ?? `exit code ${end.code}`}); its log ${this.#log.path} says: ${lastLine ?? 'nothing'}`
    this.#stopRequested.abort()
    this.#readiness.reject(new StackError('START_FAILED', reason))
    this.#emit({ kind: 'failed', name: this.name, reason })
  }

  #renewReadiness(): void {
    if (!this.#wasReady) return
    this.#readiness = Promise.withResolvers<void>()
    this.#handleOwnRejection()
  }

  /** A supervisor that nobody waits for may fail without taking the program down: the event tells it as well. */
  #handleOwnRejection(): void {
    this.#readiness.promise.catch(() => undefined)
  }

  #emit(event: SupervisorEvent): void {
    this.#spec.onEvent?.(event)
  }
}

function stopCutsTheWaitShort(): void {}
