import type { DeliveryOccasion, DeliveryRecord } from './delivery.ts'

/** What one channel was told of one alert: when last, by occasion. */
export type SaidOfAlert = Readonly<Partial<Record<DeliveryOccasion, number>>>

const NOTHING: SaidOfAlert = {}

interface SaidToChannel {
  readonly channel: string
  said: SaidOfAlert
}

/** What was said of which alert to whom: a fold over the deliveries taken over. */
export class Said {
  /** Most alerts are told to one channel or two: a list is a third of the memory that a map is. */
  readonly #byAlert = new Map<string, SaidToChannel[]>()

  fold({ channel, occasion, due_ms, alerts }: DeliveryRecord): void {
    for (const { id } of alerts) {
      const before = this.of(id, channel)
      this.#put(id, channel, { ...before, [occasion]: Math.max(before[occasion] ?? -Infinity, due_ms) })
    }
  }

  of(alertId: string, channel: string): SaidOfAlert {
    return this.#byAlert.get(alertId)?.find((each) => each.channel === channel)?.said ?? NOTHING
  }

  /** The channels that were told it fired or escalated, and not that it is over. */
  waiting(alertId: string): string[] {
    return (this.#byAlert.get(alertId) ?? [])
      .filter(({ said }) => wasTold(said) && said.resolved === undefined)
      .map(({ channel }) => channel)
  }

  isWaiting(alertId: string, channel: string): boolean {
    const said = this.of(alertId, channel)
    return wasTold(said) && said.resolved === undefined
  }

  forget(alertId: string): void {
    this.#byAlert.delete(alertId)
  }

  #put(alertId: string, channel: string, said: SaidOfAlert): void {
    const known = this.#byAlert.get(alertId)
    const entry = known?.find((each) => each.channel === channel)
    if (known === undefined) this.#byAlert.set(alertId, [{ channel, said }])
    else if (entry === undefined) known.push({ channel, said })
    else entry.said = said
  }
}

export function wasTold(said: SaidOfAlert): boolean {
  return said.fired !== undefined || said.escalated !== undefined
}
