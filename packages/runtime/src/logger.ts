import { pino } from 'pino'
import type { Logger } from 'pino'

import { redact } from './redact.ts'

export type { Logger } from 'pino'

/** JSON lines on stdout. Whatever looks like a credential is taken out, wherever in the line it stands. */
export function createLogger(options: {
  readonly name: string
  readonly level?: string
  readonly destination?: { write(line: string): void }
}): Logger {
  const settings = {
    name: options.name,
    level: options.level ?? 'info',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (line: Record<string, unknown>) => redact(line) as Record<string, unknown>,
    },
  }
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination)
}
