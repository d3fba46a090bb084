import type { NotifierStep } from '../open-actions.ts'

/** Where a notifier under test kills itself. */
export interface Fault {
  readonly step: NotifierStep
  readonly occurrence: number
}

export function faultOf(argument: string | undefined): Partial<Fault> {
  return argument === undefined ? {} : (JSON.parse(argument) as Fault)
}
