import { TOPICS } from '@meterline/contract'
import { readLogBounds } from '@meterline/kafka'
import type { KafkaClient } from '@meterline/kafka'
import { probe } from '@meterline/runtime'
import type { Probe } from '@meterline/runtime'

const ASK_EVERY_MS = 3_000

/** Asks the leader of `usage.events` for its end every few seconds: red when it has been silent for the bound. */
export function startKafkaProbe(
  client: KafkaClient,
  options: { readonly silenceMs: number; readonly onTrouble: (error: unknown) => void },
): Probe & { stop(): void } {
  let answeredMs = performance.now()
  let asking = false
  const timer = setInterval(() => {
    if (asking) return
    asking = true
    void readLogBounds(client.reads, { topic: TOPICS.usageEvents.name, partition: 0 })
      .then(() => void (answeredMs = performance.now()))
      .catch(options.onTrouble)
      .finally(() => void (asking = false))
  }, ASK_EVERY_MS)
  const check = probe('kafka', () => {
    const silentMs = performance.now() - answeredMs
    if (silentMs <= options.silenceMs) return { ok: true }
    return { ok: false, detail: `no answer from Kafka for ${Math.round(silentMs / 1_000)} s` }
  })
  return { ...check, stop: () => clearInterval(timer) }
}
