import type { OrganizationView } from '../../organization/organization-view.ts'
import type { KeptAlert, KeptAlerts } from './kept-alerts.ts'

interface Quiet {
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * Of which alerts time alone brings nothing to say before a moment. The book is asked every second, and most alerts that last have
 * nothing to say for hours: those are passed over until the moment has come, or something happens to them. A version of an alert
 * has an object of its own, and what is said of it is told by `stir`; the rest is looked up: the organization, and the hard caps.
 */
export class QuietAlerts {
  readonly #view: OrganizationView
  readonly #alerts: KeptAlerts
  readonly #stretches = new Map<string, Quiet & { readonly kept: KeptAlert }>()
  #offset = -1
  #hardCapChanges = -1

  constructor(view: OrganizationView, alerts: KeptAlerts) {
    this.#view = view
    this.#alerts = alerts
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

  /** Before any is asked about. */
  keepUp(): void {
    const { alertingOffset } = this.#view
    const { hardCapChanges } = this.#alerts
    if (alertingOffset !== this.#offset || hardCapChanges !== this.#hardCapChanges) this.#stretches.clear()
    this.#offset = alertingOffset
    this.#hardCapChanges = hardCapChanges
  }
}
