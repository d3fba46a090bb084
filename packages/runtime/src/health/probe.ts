/** What readiness asks. A red probe says in a sentence what is stuck. */
export interface Probe {
  readonly name: string
  check(): ProbeResult
}

export type ProbeResult =
  | { readonly ok: true; readonly detail?: string }
  | { readonly ok: false; readonly detail: string }

export function probe(name: string, check: () => ProbeResult): Probe {
  return { name, check }
}
