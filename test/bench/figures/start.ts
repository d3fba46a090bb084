import { setTimeout as sleep } from 'node:timers/promises'

import type { Shell } from '../bench.ts'
import { median } from '../measure/statistics.ts'
import type { Figure, TableFigure } from '../report/figure.ts'
import { createInstallation } from '../start/installation.ts'
import { memoryOfTree } from '../start/process-memory.ts'
import type { ProcessMemory } from '../start/process-memory.ts'

/** After the start: caches are filled and what only the start needed is given back. */
const REST_MS = 20_000
const AIM_MIB = 1_536

/**
 * `meterline up` with the packages at hand. Cold: an empty folder, nothing compiled, Kafka's storage to format, topics and tables
 * to make. Warm: the same installation once more.
 */
export async function measureStart({ options, signal, say }: Shell): Promise<Figure[]> {
  const coldMs: number[] = []
  const warmMs: number[] = []
  let atRest: ProcessMemory[] = []
  for (let round = 0; round < options.rounds; round += 1) {
    const installation = await createInstallation()
    try {
      say(`start, cold, round ${round + 1}`)
      const cold = await installation.start(signal)
      coldMs.push(cold.readyMs)
      await cold.stop()
      say(`start, warm, round ${round + 1}`)
      const warm = await installation.start(signal)
      try {
        warmMs.push(warm.readyMs)
        if (round === 0) {
          await sleep(REST_MS, undefined, { signal })
          atRest = memoryOfTree(warm.pid)
        }
      } finally {
        await warm.stop()
      }
    } finally {
      await installation.remove()
    }
  }
  return [startFigure({ coldMs, warmMs }), memoryFigure(atRest)]
}

function startFigure(of: {
  readonly coldMs: readonly number[]
  readonly warmMs: readonly number[]
}): TableFigure {
  const row = (name: string, timesMs: readonly number[]): string[] => [
    name,
    seconds(median(timesMs)),
    timesMs.map(seconds).join(' '),
  ]
  return {
    kind: 'table',
    name: 'start of everything, until every health check is green',
    columns: ['', 'seconds', 'by round'],
    rows: [row('cold', of.coldMs), row('warm', of.warmMs)],
    notes: ['downloads are not in it'],
  }
}

function memoryFigure(processes: readonly ProcessMemory[]): TableFigure {
  const byName = Map.groupBy(processes, ({ name }) => name)
  const total = (of: readonly ProcessMemory[], field: 'rssMib' | 'pssMib'): string =>
    of.reduce((sum, memory) => sum + memory[field], 0).toFixed(0)
  return {
    kind: 'table',
    name: `memory at rest, ${REST_MS / 1_000} s after a warm start, aim ${AIM_MIB} MiB in all`,
    columns: ['process', 'RSS MiB', 'PSS MiB'],
    rows: [
      ...[...byName].map(([name, of]) => [name, total(of, 'rssMib'), total(of, 'pssMib')]),
      ['all', total(processes, 'rssMib'), total(processes, 'pssMib')],
    ],
    notes: [],
  }
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1)
