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
  const acknowledge = (): void => {
    acknowledged += 1
    failedSince = 0
    observe()
  }
  const fail = (error: unknown): never => {
    failedSince += 1
    observe()
    throw error
  }
  return {
    log: {
      // Not async: it would keep the records for as long as they are written.
      send(batches, options) {
        observe()
        return writer.send(batches, options).then(acknowledge, fail)
      },
    },
    probe: progress,
  }
}
