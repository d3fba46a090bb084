import { parseArgs } from 'node:util'

export const FIGURES = [
  'gateway',
  'authorize',
  'meter',
  'burn',
  'sink',
  'kills',
  'latency',
  'start',
  'scaling',
  'queries',
  'control-log',
] as const
export type FigureName = (typeof FIGURES)[number]

export interface BenchOptions {
  readonly figures: ReadonlySet<FigureName>
  /** Events of one round of meter, and so rows of one round of sink. */
  readonly events: number
  /** Rounds of the figures that are cheap to repeat; the median is printed. */
  readonly rounds: number
  /** Events a second beside the latency probes; half of what the pipeline sustained, when left out. */
  readonly loadPerSecond: number | undefined
  readonly probes: number
  /** Rows that the questions are asked of. */
  readonly rows: number
  /** Records of control.log that a start folds. */
  readonly controlRecords: number
  /** Where these rows are kept for the next time. */
  readonly dataDir: string | undefined
  readonly json: boolean
  /** Folder for a CPU profile of every service and load process. */
  readonly profileDir: string | undefined
}

/** The whole run ends by then, with what it has: an hour is enough for everything, with five rounds. */
export const RUN_DEADLINE_MS = 3_600_000

export const USAGE = `pnpm bench [${FIGURES.join('|')} …] [options]

Starts Kafka, ClickHouse and the services in a temporary folder, measures, and ends all of them.

  --events N    events of one round of meter, rows of one round of sink (400000)
  --rounds N    rounds, of which the median is printed (5)
  --load N      events a second beside the latency probes (half of what the pipeline sustained)
  --probes N    alerts whose latency is measured (300)
  --rows N      rows that the questions are asked of (100000000)
  --control N   records of control.log that a start folds (1000000)
  --data D      keep these rows in this folder, and use them again
  --json        one JSON document instead of the table
  --profile D   CPU profiles of all processes into this folder`

/** @throws TypeError with a sentence when the arguments cannot be used. */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      events: { type: 'string', default: '400000' },
      rounds: { type: 'string', default: '5' },
      load: { type: 'string' },
      probes: { type: 'string', default: '300' },
      rows: { type: 'string', default: '100000000' },
      control: { type: 'string', default: '1000000' },
      data: { type: 'string' },
      json: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return 'help'
  const figures = positionals.length === 0 ? FIGURES : positionals.map(figureName)
  return {
    figures: new Set(figures),
    events: wholeNumber('events', values.events, { min: 50_000, max: 5_000_000 }),
    rounds: wholeNumber('rounds', values.rounds, { min: 1, max: 9 }),
    loadPerSecond:
      values.load === undefined ? undefined : wholeNumber('load', values.load, { min: 0, max: 1_000_000 }),
    probes: wholeNumber('probes', values.probes, { min: 10, max: 1_000 }),
    rows: wholeNumber('rows', values.rows, { min: 100_000, max: 1_000_000_000 }),
    controlRecords: wholeNumber('control', values.control, { min: 1_000, max: 5_000_000 }),
    dataDir: values.data,
    json: values.json,
    profileDir: values.profile,
  }
}

function figureName(given: string): FigureName {
  const known = FIGURES.find((name) => name === given)
  if (known === undefined) throw new TypeError(`${given} is no figure; there are ${FIGURES.join(', ')}`)
  return known
}

function wholeNumber(name: string, given: string, range: { min: number; max: number }): number {
  const value = Number(given.replaceAll('_', ''))
  if (!Number.isInteger(value) || value < range.min || value > range.max) {
    throw new TypeError(`--${name} takes a whole number from ${range.min} to ${range.max}`)
  }
  return value
}
