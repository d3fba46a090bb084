import type { ActionRun, SpendAlert } from '@meterline/domain'

import { ActionError } from './action-error.ts'
import type { ControlClient } from './control-client.ts'
import type { ActionExecutor } from './executor.ts'

export interface RunParts {
  readonly control: ControlClient
  readonly executorOf: (run: ActionRun) => ActionExecutor
  readonly alertOf: (id: string) => SpendAlert | undefined
  /** For tests that stop the process at a known point. */
  readonly onStep?: ((step: ActionStep) => void) | undefined
}

export type ActionStep = 'action-running' | 'action-performed'

export interface EndedRun {
  readonly run: ActionRun
  readonly secret?: string | undefined
}

const MAX_RESULT_CHARACTERS = 1_900

/**
 * Takes a run from where it stands to its end: prepared, then `running` with its undo written down, then done. A crash at any
 * point is taken up by the same function: the effect comes about once, since each step may be taken again. Throws `ActionError`
 * when a step may succeed later; `undefined` when the run waits for a person, is over, or is another's by now.
 */
export async function runAction(id: string, parts: RunParts): Promise<EndedRun | undefined> {
  const standing = await parts.control.getRun(id)
  if (standing === undefined) return undefined
  const { run, version } = standing
  const alert = run.alert_id === null ? undefined : parts.alertOf(run.alert_id)
  const write = writerFrom(parts.control, version)
  try {
    switch (run.state) {
      case 'approved':
        return await begin({ run, alert, isAgain: false }, write, parts)
      case 'running':
        return await perform({ run, alert, isAgain: true }, write, parts)
      case 'undoing':
        return await undo({ run, alert, isAgain: true }, write, parts)
      case 'planned':
      case 'done':
      case 'failed':
      case 'undone':
        return undefined
    }
  } catch (error) {
    if (!(error instanceof ActionError) || error.retryable) throw error
    // A way back that cannot be gone leaves what was done where it is.
    const state = run.state === 'undoing' ? 'done' : 'failed'
    return await write({ ...run, state, result: error.message })
  }
}

type Call = Parameters<ActionExecutor['perform']>[0]
type Write = (run: ActionRun, secret?: string) => Promise<EndedRun | undefined>

async function begin(call: Call, write: Write, parts: RunParts): Promise<EndedRun | undefined> {
  const { run } = call
  const { plan, undo } = await parts.executorOf(run).prepare(call)
  if (run.dry_run) return write({ ...run, state: 'done', result: `dry run: ${plan}`, undo: null })
  // Written down before anything is changed: afterwards nobody could tell what was there before.
  // What an attempt that failed wrote down stands: it may have changed something already.
  const begun = await write({ ...run, state: 'running', result: plan, undo: run.undo ?? undo })
  if (begun === undefined) return undefined
  parts.onStep?.('action-running')
  return perform({ ...call, run: begun.run }, write, parts)
}

async function perform(call: Call, write: Write, parts: RunParts): Promise<EndedRun | undefined> {
  const { run } = call
  const { result, secret, undo = run.undo } = await parts.executorOf(run).perform(call)
  parts.onStep?.('action-performed')
  return write({ ...run, state: 'done', result, undo }, secret)
}

async function undo(call: Call, write: Write, parts: RunParts): Promise<EndedRun | undefined> {
  const { run } = call
  if (run.undo === null) return write({ ...run, state: 'done', result: 'there is nothing to undo' })
  const result = await parts.executorOf(run).undo({ ...call, undo: run.undo })
  return write({ ...run, state: 'undone', result, undo: null })
}

/** Writes a run one version after the other; `undefined` when somebody else wrote in between: theirs stands. */
function writerFrom(control: ControlClient, from: number): Write {
  let version = from
  return async (run, secret) => {
    const bounded = { ...run, result: run.result.slice(0, MAX_RESULT_CHARACTERS) }
    const written = await control.putRun(bounded, version)
    if (written === undefined) return undefined
    version = written
    return { run: bounded, secret }
  }
}
