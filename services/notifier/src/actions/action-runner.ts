import { isUnplanned, planActions, runsToTakeBack } from '@meterline/domain'
import type { ActionRun, AlertBook, OrganizationView } from '@meterline/domain'
import { setTimeout as sleep } from 'node:timers/promises'

import type { NotifierEvents } from '../events.ts'
import { ActionError } from './action-error.ts'
import { runAction } from './run-action.ts'
import type { EndedRun, RunParts } from './run-action.ts'

const FIRST_PAUSE_MS = 5_000
const MAX_PAUSE_MS = 300_000
/** A day of trying, about; then the run is failed, and a person may approve it again. */
const MAX_ATTEMPTS = 300
const POLL_MS = 50

export interface ActionRunner {
  /** Plans what the firing alerts ask for, and takes up what is approved. Returns at once. */
  round(book: AlertBook): void
  /** Carries a run out now and waits for its end; `undefined` when it did not end within the time. */
  runNow(id: string, timeoutMs: number): Promise<EndedRun | undefined>
  stop(): Promise<void>
}

export interface ActionRunnerOptions extends Omit<RunParts, 'alertOf'> {
  readonly view: OrganizationView
  readonly events: NotifierEvents
  readonly nowMs: () => number
  readonly signal: AbortSignal
}

interface Trying {
  attempts: number
  notBeforeMs: number
}

/** One run at a time, in the order in which they were planned: few enough, and none overtakes another one's undo. */
export function createActionRunner(options: ActionRunnerOptions): ActionRunner {
  const { view, control, events, nowMs, signal } = options
  const queue: string[] = []
  const trying = new Map<string, Trying>()
  const endings = new Map<string, EndedRun>()
  const awaited = new Set<string>()
  let alerts: AlertBook | undefined
  let busy = false
  let working: Promise<void> = Promise.resolve()

  const parts: RunParts = {
    ...options,
    alertOf: (id) => alerts?.standing(id, nowMs())?.alert,
  }

  function enqueue(id: string): void {
    if (!queue.includes(id) && (trying.get(id)?.notBeforeMs ?? 0) <= nowMs()) queue.push(id)
    if (!busy) working = work()
  }

  async function work(): Promise<void> {
    busy = true
    while (queue.length > 0 && !signal.aborted) {
      const id = queue.shift() ?? ''
      await attempt(id)
    }
    busy = false
  }

  async function attempt(id: string): Promise<void> {
    try {
      const ended = await runAction(id, parts)
      trying.delete(id)
      if (ended === undefined) return
      if (awaited.has(id)) endings.set(id, ended)
      const { type, target, state, result } = ended.run
      events.actionEnded({ run: id, type, target, state, result })
    } catch (err) {
      if (!signal.aborted) await postpone(id, err)
    }
  }

  async function postpone(id: string, err: unknown): Promise<void> {
    const attempts = (trying.get(id)?.attempts ?? 0) + 1
    const growingMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 10))
    const askedMs = err instanceof ActionError ? (err.retryAfterMs ?? 0) : 0
    const pauseMs = Math.max(growingMs, askedMs)
    trying.set(id, { attempts, notBeforeMs: nowMs() + pauseMs })
    events.actionPostponed({ run: id, err, pauseMs })
    if (attempts >= MAX_ATTEMPTS) await giveUp(id, err)
  }

  async function giveUp(id: string, err: unknown): Promise<void> {
    const result = `given up after ${MAX_ATTEMPTS} attempts: ${err instanceof Error ? err.message : String(err)}`
    try {
      const standing = await control.getRun(id)
      if (standing !== undefined)
        await control.putRun({ ...standing.run, state: 'failed', result }, standing.version)
    } catch (error) {
      events.actionPostponed({ run: id, err: error, pauseMs: MAX_PAUSE_MS })
    }
  }

  /** Of what is planned twice, here or elsewhere, the first one stands. */
  async function plan(runs: readonly ActionRun[]): Promise<void> {
    for (const run of runs) {
      if (signal.aborted) return
      await control.putRun(run, 'none')
      planned.add(run.id)
    }
  }

  async function takeBack(runs: readonly ActionRun[]): Promise<void> {
    for (const { id } of runs) {
      const standing = signal.aborted ? undefined : await control.getRun(id)
      if (standing?.run.state !== 'done') continue
      await control.putRun({ ...standing.run, state: 'undoing' }, standing.version)
    }
  }

  async function decide(of: { readonly wanted: readonly ActionRun[]; readonly over: readonly ActionRun[] }) {
    try {
      await plan(of.wanted)
      await takeBack(of.over)
    } catch (err) {
      if (signal.aborted) return
      const run = [...of.wanted, ...of.over][0]?.id ?? ''
      events.actionPostponed({ run, err, pauseMs: FIRST_PAUSE_MS })
      planPauseUntilMs = nowMs() + FIRST_PAUSE_MS
    }
  }
  /** Written, and perhaps not in the view yet. */
  const planned = new Set<string>()
  let planPauseUntilMs = 0
  let planning: Promise<void> | undefined

  return {
    round(book) {
      alerts = book
      const nowInMs = nowMs()
      for (const { id, state } of view.entities.action_run.values()) {
        planned.delete(id)
        if (state === 'approved' || state === 'running' || state === 'undoing') enqueue(id)
      }
      if (planning !== undefined || nowInMs < planPauseUntilMs) return
      const wanted = book
        .standings(nowInMs, (alert) => isUnplanned(view, alert))
        .filter(({ state }) => state === 'firing')
        .flatMap(({ alert }) => planActions(view, alert, nowInMs))
        .filter(({ id }) => !planned.has(id))
      const over = runsToTakeBack(
        view.entities.action_run.values(),
        (id) => book.standing(id, nowInMs)?.state,
      )
      if (wanted.length + over.length === 0) return
      planning = decide({ wanted, over }).finally(() => (planning = undefined))
    },
    async runNow(id, timeoutMs) {
      awaited.add(id)
      trying.delete(id)
      enqueue(id)
      const deadlineMs = nowMs() + timeoutMs
      try {
        while (nowMs() < deadlineMs && !signal.aborted) {
          const ended = endings.get(id)
          if (ended !== undefined) return ended
          await sleep(POLL_MS)
        }
        return undefined
      } finally {
        awaited.delete(id)
        endings.delete(id)
      }
    },
    async stop() {
      await Promise.allSettled([working, planning])
    },
  }
}
