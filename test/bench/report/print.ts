import type { Machine } from '../machine.ts'
import { cpuNotes } from './cpu-notes.ts'
import { median } from '../measure/statistics.ts'
import type {
  Figure,
  LatencyFigure,
  PeerComparison,
  RateFigure,
  TableFigure,
  TimingFigure,
} from './figure.ts'

export interface Report {
  readonly machine: Machine
  readonly figures: readonly Figure[]
  readonly seconds: number
}

/** The report as text for people. Aims stand beside the figures; nothing here judges. */
export function printReport({ machine, figures, seconds }: Report): string {
  return [
    '',
    ...machineLines(machine),
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
    case 'timing':
      return timingLines(figure)
    case 'table':
      return tableLines(figure)
    case 'load':
      return [
        `Load average before ${figure.name}: ${figure.before.join(', ')}; after it: ${figure.after.join(', ')}`,
        '',
      ]
    case 'failed':
      return [`${figure.name}: not measured: ${figure.reason}`, '']
  }
}

function rateLines(figure: RateFigure): string[] {
  const { name, unit, ours, rounds, limits, peers = [], aim, cpuMicros, notes } = figure
  return [
    `${name}: ${count(ours)} ${unit}${aim === undefined ? '' : `, aim ${count(aim)}`}${spread(rounds)}`,
    ...peers.flatMap(peerLines),
    ...limits.map(
      ({ what, perSecond }) =>
        `  raw limit, ${what}: ${count(perSecond)}/s; ratio ${(ours / perSecond).toFixed(2)}`,
    ),
    ...[...cpuNotes(cpuMicros), ...notes].map((note) => `  ${note}`),
    '',
  ]
}

function peerLines({ what, perSecond, rounds, ratios, aimRatio, cpuMicros }: PeerComparison): string[] {
  const aim = aimRatio === undefined ? '' : `, aim ${aimRatio.toFixed(1)}`
  return [
    `  beside it, ${what}: ${count(perSecond)}/s${spread(rounds)}`,
    `    ours is ${median(ratios).toFixed(2)} times that${aim} (by round: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
    ...cpuNotes(cpuMicros).map((note) => `    ${note}`),
  ]
}

const spread = (rounds: readonly number[]): string =>
  rounds.length > 1 ? `  (rounds: ${rounds.map(count).join(', ')})` : ''

function latencyLines({ name, latency, aimP50Ms, aimP99Ms, notes }: LatencyFigure): string[] {
  const { count: samples, p50Ms, p99Ms, maxMs } = latency
  const aim = (given: number | undefined): string => (given === undefined ? '' : ` (aim ${given})`)
  return [
    `${name}: p50 ${ms(p50Ms)}${aim(aimP50Ms)}, p99 ${ms(p99Ms)}${aim(aimP99Ms)}, max ${ms(maxMs)} ms of ${samples}`,
    ...notes.map((note) => `  ${note}`),
    '',
  ]
}

function timingLines({ name, count: runs, p50Ms, p95Ms, maxMs, aimP95Ms, notes }: TimingFigure): string[] {
  const aim = aimP95Ms === undefined ? '' : ` (aim ${aimP95Ms}${p95Ms > aimP95Ms ? ', missed' : ''})`
  return [
    `${name}: p50 ${ms(p50Ms)}, p95 ${ms(p95Ms)}${aim}, max ${ms(maxMs)} ms of ${runs}`,
    ...notes.map((note) => `  ${note}`),
    '',
  ]
}

function tableLines({ name, columns, rows, notes }: TableFigure): string[] {
  const all = [columns, ...rows]
  const widths = columns.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`
  return [`${name}:`, ...all.map(line), ...notes.map((note) => `  ${note}`), '']
}

const ms = (value: number): string => value.toFixed(value < 10 ? 1 : 0)

function count(value: number): string {
  return Number.isFinite(value)
    ? Math.round(value)
        .toString()
        .replaceAll(/\B(?=(\d{3})+$)/g, ',')
    : '–'
}
