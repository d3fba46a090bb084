import { defineEvents, event } from '@meterline/runtime'
import type { ServiceShell } from '@meterline/runtime'

export function registryEvents(shell: ServiceShell) {
  return defineEvents(shell, {
    requestFailed: event<{ path: string; err: unknown }>({
      level: 'warn',
      says: 'a request could not be answered; its sender is told to try again',
      metrics: [
        {
          kind: 'counter',
          name: 'meterline_registry_failed_requests',
          help: 'Requests answered with 5xx: the log is away, or a defect',
        },
      ],
    }),
    kafkaTrouble: event<{ component: string; message: string }>({
      level: 'debug',
      says: 'the Kafka client reports trouble',
    }),
  })
}
