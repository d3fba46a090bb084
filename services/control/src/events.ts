import { defineEvents, event } from '@meterline/runtime'
import type { Logger, Registry } from '@meterline/runtime'

export type ControlEvents = ReturnType<typeof controlEvents>

const MS_PER_SECOND = 1_000

export function controlEvents(shell: { readonly logger: Logger; readonly metrics: Registry }) {
  return defineEvents(shell, {
    logFolded: event<{ records: number; durationMs: number }>({
      level: 'info',
      says: 'control.log is folded; this is its one writer now',
    }),
    commandDone: event<{ actor: string; act: string; changes: number; durationMs: number }>({
      level: 'info',
      says: 'command carried out',
      metrics: [
        counter('commands', 'Commands carried out', () => 1),
        {
          kind: 'histogram',
          name: 'meterline_control_command_seconds',
          help: 'From the command to the reading back of its records',
          value: ({ durationMs }) => durationMs / MS_PER_SECOND,
          buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        },
      ],
    }),
    commandRefused: event<{ actor: string; act: string; code: string }>({
      level: 'info',
      says: 'command refused; its sender is told why',
      metrics: [
        {
          kind: 'counter',
          name: 'meterline_control_refused_commands',
          help: 'Commands refused, by reason',
          labelNames: ['reason'],
          labels: ({ code }) => ({ reason: code }),
        },
      ],
    }),
    signedIn: event<{ user: string; through: 'password' | 'oidc' }>({
      level: 'info',
      says: 'somebody signed in',
      metrics: [counter('sign_ins', 'Sessions opened', () => 1)],
    }),
    signInFailed: event<{ user: string; why: string }>({
      level: 'warn',
      says: 'somebody could not sign in',
      metrics: [counter('failed_sign_ins', 'Sign-ins refused', () => 1)],
    }),
    superseded: event<{ err: unknown }>({
      level: 'error',
      says: 'another control service has taken over control.log; this one stops',
    }),
    scheduleTrouble: event<{ err: unknown }>({
      level: 'warn',
      says: 'what was due could not be carried out; it is tried again at the next turn',
      metrics: [counter('failed_schedules', 'Turns of the scheduler that failed', () => 1)],
    }),
    requestDefect: event<{ err: unknown }>({
      level: 'error',
      says: 'a request failed for a reason that nobody foresaw',
      metrics: [counter('defects', 'Requests that failed for an unforeseen reason', () => 1)],
    }),
    kafkaTrouble: event<{ err: unknown }>({ level: 'debug', says: 'Kafka is away or moving; going on' }),
  })
}

function counter<P>(what: string, help: string, value: (fields: P) => number) {
  return { kind: 'counter' as const, name: `meterline_control_${what}`, help, value }
}
