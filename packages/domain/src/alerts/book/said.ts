import type { DeliveryOccasion, DeliveryRecord } from './delivery.ts'

/** What one channel was told of one alert: when last, by occasion. */
export type SaidOfAlert = Readonly<Partial<Record<DeliveryOccasion, number>>>

const NOTHING: SaidOfAlert = {}

/** What was said of which alert to whom: a fold over the deliveries taken over. */
export class Said {
  readonly #byAlert = new Map<string, Map<string, SaidOfAlert>>()

  fold({ channel, occasion, due_ms, alerts }: DeliveryRecord): void {
    for (const { id } of alerts) {
      const byChannel = this.#byAlert.get(id) ?? new Map<string, SaidOfAlert>()
      const before = byChannel.get(channel) ?? NOTHING
      byChannel.set(channel, { ...before, [occasion]: Math.max(before[occasion] ?? -Infinity, due_ms) })
      this.#byAlert.set(id, byChannel)
    }
  }

  of(alertId: string, channel: string): SaidOfAlert {
    return this.#byAlert.get(alertId)?.get(channel) ?? NOTHING
  }

  /** The channels that were told it fired or escalated, and not that it is over. */
  waiting(alertId: string): string[] {
    return [...(this.#byAlert.get(alertId) ?? [])]
      .filter(([, said]) => wasTold(said) && said.resolved === undefined)
      .map(([channel]) => channel)
  }

  isWaiting(alertId: string, channel: string): boolean {
    const said = this.of(alertId, channel)
    return wasTold(said) && said.resolved === undefined
  }

  forget(alertId: string): void {
    this.#byAlert.delete(alertId)
  }
}

export function wasTold(said: SaidOfAlert): boolean {
  return said.fired !== undefined || said.escalated !== undefined
}
