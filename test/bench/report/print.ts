import type { Machine } from '../machine.ts'
import { cpuNotes } from './cpu-notes.ts'
import type { Figure, LatencyFigure, RateFigure } from './figure.ts'

export interface Report {
  /** Missing when nothing could be started. */
  readonly machine: Machine | undefined
  readonly figures: readonly Figure[]
  readonly seconds: number
}

/** The report as text for people. Aims stand beside the figures; nothing here judges. */
export function printReport({ machine, figures, seconds }: Report): string {
  return [
    '',
    ...(machine === undefined ? [] : machineLines(machine)),
    ...figures.flatMap(figureLines),
    `The run took ${Math.round(seconds)} s. Broker, database, services and load share the cores.`,
    '',
  ].join('\n')
}

function machineLines(machine: Machine): string[] {
  const { processor, cores, memoryGib, system, node, kafka, clickhouse, loadBefore, date } = machine
  return [
    `${date} UTC · ${cores} × ${processor}, ${memoryGib} GiB, ${system}`,
    `Node ${node} · Kafka ${kafka} · ClickHouse ${clickhouse} · load average before: ${loadBefore.join(', ')}`,
    '',
  ]
}

function figureLines(figure: Figure): string[] {
  switch (figure.kind) {
    case 'rate':
      return rateLines(figure)
    case 'latency':
      return latencyLines(figure)
    case 'failed':
      return [`${figure.name}: not measured: ${figure.reason}`, '']
  }
}

function rateLines({ name, unit, ours, rounds, limits, aim, cpuMicros, notes }: RateFigure): string[] {
  const spread = rounds.length > 1 ? `  (rounds: ${rounds.map(count).join(', ')})` : ''
  return [
    `${name}: ${count(ours)} ${unit}${aim === undefined ? '' : `, aim ${count(aim)}`}${spread}`,
    ...limits.map(
      ({ what, perSecond }) =>
        `  raw limit, ${what}: ${count(perSecond)}/s; ratio ${(ours / perSecond).toFixed(2)}`,
    ),
    ...[...cpuNotes(cpuMicros), ...notes].map((note) => `  ${note}`),
    '',
  ]
}

function latencyLines({ name, latency, aimP99Ms, notes }: LatencyFigure): string[] {
  const { count: samples, p50Ms, p99Ms, maxMs } = latency
  const aim = aimP99Ms === undefined ? '' : ` (aim ${aimP99Ms})`
  return [
    `${name}: p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}${aim}, max ${ms(maxMs)} ms of ${samples}`,
    ...notes.map((note) => `  ${note}`),
    '',
  ]
}

const ms = (value: number): string => value.toFixed(value < 10 ? 1 : 0)

function count(value: number): string {
  return Number.isFinite(value)
    ? Math.round(value)
        .toString()
        .replaceAll(/\B(?=(\d{3})+$)/g, ',')
    : '–'
}
