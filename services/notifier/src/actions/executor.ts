import type { ActionParams, ActionRun, SpendAlert } from '@meterline/domain'

/** What would be done, found out without changing anything. */
export interface Preparation {
  /** A sentence: what a run in earnest will do. */
  readonly plan: string
  /** What brings the state back that was there before; `null` where nothing can. */
  readonly undo: ActionParams | null
}

export interface Performed {
  readonly result: string
  /** Shown once to whoever asked for it, and never written down. */
  readonly secret?: string
  /** In place of the one prepared, where doing it made something that undoing has to find. */
  readonly undo?: ActionParams
}

export interface ActionCall {
  readonly run: ActionRun
  /** An earlier attempt may have had its effect: what cannot be recognised as repeated is looked for first. */
  readonly isAgain: boolean
  readonly alert: SpendAlert | undefined
}

/**
 * How one kind of action is carried out. Every step may be taken again after a crash, whether or not it had its effect before:
 * what the target cannot recognise as repeated is read before it is written. Throws `ActionError`.
 */
export interface ActionExecutor {
  prepare(call: ActionCall): Promise<Preparation>
  perform(call: ActionCall): Promise<Performed>
  undo(call: ActionCall & { readonly undo: ActionParams }): Promise<string>
}
