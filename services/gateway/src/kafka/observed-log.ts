import type { LogWriter } from '@meterline/kafka'
import { progressProbe } from '@meterline/runtime'
import type { Probe } from '@meterline/runtime'

import type { EventLog } from '../gateway.ts'

/** A writer whose progress readiness follows: writes that are asked for and never acknowledged turn it red. */
export function observedLog(writer: LogWriter): { readonly log: EventLog; readonly probe: Probe } {
  const progress = progressProbe({ name: 'writes' })
  let acknowledged = 0
  let failedSince = 0
  const observe = () => progress.observe({ position: acknowledged, lag: writer.queuedBytes() + failedSince })
  return {
    log: {
      async send(batches, options) {
        observe()
        try {
          await writer.send(batches, options)
          acknowledged += 1
          failedSince = 0
        } catch (error) {
          failedSince += 1
          throw error
        } finally {
          observe()
        }
      },
    },
    probe: progress,
  }
}
