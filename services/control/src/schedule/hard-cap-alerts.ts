import type { ControlChange, CommandHead, OrganizationView, SpendAlert } from '@meterline/domain'
import { followHardCap } from '@meterline/domain'

/** More than this many at once, and the oldest wait in vain: burn says each again with its next version. */
const MAX_WAITING = 10_000

/** Alerts of hard caps that incidents have not followed yet. */
export interface HardCapAlerts {
  take(alert: SpendAlert): void
  /** What the newest versions mean for incidents. */
  judge(view: OrganizationView, head: CommandHead): JudgedAlerts
}

export interface JudgedAlerts {
  readonly changes: readonly ControlChange[]
  /** To be called once the changes stand in the log: these alerts are followed, and wait no longer. */
  settle(): void
}

export function createHardCapAlerts(): HardCapAlerts {
  const waiting = new Map<string, SpendAlert>()
  return {
    take(alert) {
      if (alert.severity !== 'hard_cap') return
      waiting.delete(alert.id)
      waiting.set(alert.id, alert)
      for (const oldest of waiting.keys()) {
        if (waiting.size <= MAX_WAITING) return
        waiting.delete(oldest)
      }
    },
    judge(view, head) {
      const judged = [...waiting.values()]
      const changes = judged.flatMap((alert) => {
        const decision = followHardCap(view, alert, head)
        return decision.ok ? decision.changes : []
      })
      const settle = (): void => {
        // A newer version may have come meanwhile.
        for (const alert of judged) if (waiting.get(alert.id) === alert) waiting.delete(alert.id)
      }
      return { changes, settle }
    },
  }
}
