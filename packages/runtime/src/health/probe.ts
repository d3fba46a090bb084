/** What readiness asks. A red probe says in a sentence what is stuck. */
export interface Probe {
  readonly name: string
  check(): ProbeResult
}

export type ProbeResult =
  /** `isDegraded`: it goes on, and somebody has to look; the detail says at what. */
  | { readonly ok: true; readonly detail?: string; readonly isDegraded?: true }
  | { readonly ok: false; readonly detail: string }

export function probe(name: string, check: () => ProbeResult): Probe {
  return { name, check }
}

/** The same probe, with a caveat while there is one: the service goes on, so it must not be taken out of the way as a red one is. */
export function withCaveat(of: Probe, caveat: () => string | undefined): Probe {
  return probe(of.name, () => {
    const result = of.check()
    const detail = result.ok ? caveat() : undefined
    return detail === undefined ? result : { ok: true, isDegraded: true, detail }
  })
}
