import type { SpendAlert } from '../spend-alert.ts'

/** An alert as it is kept: its newest version, and when its first one was said. */
export interface KeptAlert {
  readonly alert: SpendAlert
  readonly beganMs: number
}

/** The alerts of a book by id, and the hard caps among them by what they make unimportant. */
export class KeptAlerts {
  readonly #byId = new Map<string, KeptAlert>()
  readonly #hardCaps = new Map<string, Set<string>>()

  get size(): number {
    return this.#byId.size
  }

  get(id: string): KeptAlert | undefined {
    return this.#byId.get(id)
  }

  values(): IterableIterator<KeptAlert> {
    return this.#byId.values()
  }

  /** The newest version of each alert; true when this one is. */
  put(alert: SpendAlert): boolean {
    const known = this.#byId.get(alert.id)
    if (known !== undefined && known.alert.version >= alert.version) return false
    if (known !== undefined) this.#forgetCap(known.alert)
    const atMs = Date.parse(alert.at)
    this.#byId.set(alert.id, { alert, beganMs: Math.min(known?.beganMs ?? atMs, atMs) })
    if (isHardCap(alert)) {
      const caps = this.#hardCaps.get(capOf(alert)) ?? new Set()
      this.#hardCaps.set(capOf(alert), caps.add(alert.id))
    }
    return true
  }

  delete({ alert }: KeptAlert): void {
    this.#byId.delete(alert.id)
    this.#forgetCap(alert)
  }

  /**
   * The hard-cap alerts of the same allocation and period, over or not: who is told of those need not be told of lower thresholds.
   */
  inhibitorsOf({ alert }: KeptAlert): KeptAlert[] {
    if (alert.rule !== 'budget_threshold' || isHardCap(alert)) return []
    return [...(this.#hardCaps.get(capOf(alert)) ?? [])].flatMap((id) => this.#byId.get(id) ?? [])
  }

  #forgetCap(alert: SpendAlert): void {
    const caps = this.#hardCaps.get(capOf(alert))
    caps?.delete(alert.id)
    if (caps?.size === 0) this.#hardCaps.delete(capOf(alert))
  }
}

export function isHardCap({ rule, severity, allocation_id }: SpendAlert): boolean {
  return rule === 'budget_threshold' && severity === 'hard_cap' && allocation_id !== null
}

/** What a hard cap stands over: the thresholds of one allocation in one period. */
export function capOf({ allocation_id, period }: SpendAlert): string {
  return JSON.stringify([allocation_id, period])
}
