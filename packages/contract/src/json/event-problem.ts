import type { ReceivedUsage } from './received-usage.ts'

/** Why one event was refused, for a person: the field, and what to do. */
export interface EventProblem {
  readonly reason: 'undecodable' | 'invalid_field'
  readonly message: string
  readonly field?: string
}

export type ParsedUsage =
  | { readonly ok: true; readonly usage: ReceivedUsage }
  | { readonly ok: false; readonly problem: EventProblem }

export function refused(problem: EventProblem): ParsedUsage {
  return { ok: false, problem }
}

export function undecodable(message: string): ParsedUsage {
  return refused({ reason: 'undecodable', message })
}
