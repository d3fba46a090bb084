import { RegistryError, schemaText } from '@meterline/contract'
import type { RegistryClient } from '@meterline/contract'
import { setTimeout as sleep } from 'node:timers/promises'

const RETRY_PAUSE_MS = 500

/** The schema id under which the topic is written. Waits for a registry that is not up yet; rejects when told to stop. */
export async function registerSchema(
  registry: RegistryClient,
  topic: { readonly name: string; readonly schema: string },
  options: { readonly stopping: AbortSignal; readonly onTrouble: (error: unknown) => void },
): Promise<number> {
  const subject = `${topic.name}-value`
  for (;;) {
    try {
      return await registry.register(subject, schemaText(topic.schema))
    } catch (error) {
      if (!(error instanceof RegistryError && error.retryable)) throw error
      options.onTrouble(error)
      await sleep(RETRY_PAUSE_MS, undefined, { signal: options.stopping })
    }
  }
}
