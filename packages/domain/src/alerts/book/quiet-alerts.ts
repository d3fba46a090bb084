import type { OrganizationView } from '../../organization/organization-view.ts'
import type { SpendAlert } from '../spend-alert.ts'
import type { KeptAlert } from './kept-alerts.ts'
import { capOf, isHardCap } from './kept-alerts.ts'

interface Quiet {
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * Of which alerts time alone brings nothing to say before a moment. The book is asked every second, and most alerts that last have
 * nothing to say for hours: those are passed over until the moment has come, or something happens to them. A version of an alert
 * has an object of its own, what is said of it is told by `stir`, and hard caps by `stirUnder`; the organization is looked up.
 */
export class QuietAlerts {
  readonly #view: OrganizationView
  readonly #stretches = new Map<string, Quiet & { readonly kept: KeptAlert }>()
  /** Of the hard caps that something happened to since `keepUp`: all of those are looked for in one pass. */
  readonly #stirredCaps = new Set<string>()
  #offset = -1

  constructor(view: OrganizationView) {
    this.#view = view
  }

  /** `kept` has nothing to say at any moment of the stretch, unless something happens. */
  put(kept: KeptAlert, stretch: Quiet): void {
    this.#stretches.set(kept.alert.id, { ...stretch, kept })
  }

  isQuiet(kept: KeptAlert, nowMs: number): boolean {
    const known = this.#stretches.get(kept.alert.id)
    return known?.kept === kept && known.fromMs <= nowMs && nowMs < known.untilMs
  }

  /** Something was said of the alert, or it is forgotten. */
  stir(alertId: string): void {
    this.#stretches.delete(alertId)
  }

  /** The alert has a new version, or is forgotten: where it is a hard cap, those that it keeps from being said are stirred. */
  stirUnder(alert: SpendAlert): void {
    if (this.#stretches.size > 0 && isHardCap(alert)) this.#stirredCaps.add(capOf(alert))
  }

  /** Before any is asked about. */
  keepUp(): void {
    const { alertingOffset } = this.#view
    if (alertingOffset !== this.#offset) this.#stretches.clear()
    this.#offset = alertingOffset
    if (this.#stirredCaps.size === 0) return
    for (const [id, { kept }] of this.#stretches) {
      if (this.#stirredCaps.has(capOf(kept.alert))) this.#stretches.delete(id)
    }
    this.#stirredCaps.clear()
  }
}
