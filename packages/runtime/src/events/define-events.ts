import type { Registry } from 'prom-client'

import type { Logger } from '../logger.ts'
import { instrument } from './instrument.ts'
import type { MetricSpec } from './instrument.ts'

/** A thing that happens: a constant sentence at a constant level, and the metrics it moves, in one place. */
export interface EventSpec<P extends object> {
  /** WARN: odd, but nothing is lost. ERROR: data is lost or a person is needed. */
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error'
  readonly says: string
  readonly metrics?: readonly MetricSpec<P>[]
}

type EventEmitters<S> = {
  readonly [K in keyof S]: S[K] extends EventSpec<infer P> ? (fields: P) => void : never
}

/** Names the fields of an event: `event<{ rows: number; durationMs: number }>({ level: 'info', says: 'batch inserted' })`. */
export function event<P extends object>(spec: EventSpec<P>): EventSpec<P> {
  return spec
}

/** One function per event, named as the event: `events.batchInserted({ rows, durationMs })` logs and counts. */
// eslint-disable-next-line typescript/no-explicit-any -- each event has fields of its own; `EventEmitters` gives them back
export function defineEvents<S extends Record<string, EventSpec<any>>>(
  shell: { readonly logger: Logger; readonly metrics: Registry },
  specs: S,
): EventEmitters<S> {
  const emitters = Object.entries(specs).map(([name, spec]) => [name, emitter(shell, name, spec)])
  return Object.fromEntries(emitters) as EventEmitters<S>
}

function emitter(
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Registry },
  name: string,
  spec: EventSpec<object>,
): (fields: object) => void {
  const instruments = (spec.metrics ?? []).map((metric) => instrument(metrics, metric))
  return (fields) => {
    for (const record of instruments) record(fields)
    if (logger.isLevelEnabled(spec.level)) logger[spec.level]({ event: name, ...fields }, spec.says)
  }
}
