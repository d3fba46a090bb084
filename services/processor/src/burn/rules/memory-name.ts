import type { RuleFinding } from '../moment.ts'

/** Under which a scope remembers what it said of a finding. */
export function memoryName({ identity }: RuleFinding): string {
  const { rule, allocation_id, window, period, threshold, about } = identity
  const name = `${rule}|${allocation_id ?? ''}|${window}|${period}|${threshold}`
  return about === undefined ? name : `${name}|${about}`
}
