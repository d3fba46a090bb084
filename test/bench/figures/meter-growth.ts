import type { UsageEvent } from '@meterline/domain'

import { SeenRequests } from '../../../services/processor/src/meter/dedup/seen-requests.ts'
import { cpuSecondsOf } from '../measure/own-cpu.ts'
import type { TableFigure } from '../report/figure.ts'
import { benchOrganization, probeKey, probeProject } from '../stack/organization.ts'
import { coreCost, type CoreCost, encodedEvents, spreadOver, viewOf } from './meter-core.ts'

const PROJECTS = [0, 1_000, 10_000]
const PARTITIONS = [8, 32]
const REMEMBERED = [0, 1_000_000, 8_000_000]
const LOOKED_UP = 500_000
const DAY_MS = 86_400_000

/** The pure core as the organization and the partitions grow, and its memory of requests as the day goes by. */
export function measureMeterGrowth(): TableFigure {
  return {
    kind: 'table',
    name: 'meter, pure core, as the organization, the partitions and its history grow',
    columns: ['', 'µs of CPU each', 'deltas each', 'µs a delta'],
    rows: [
      ...PROJECTS.map((projects) => [
        projects === 0 ? '20 keys, 10 projects' : `${projects} keys, as many projects with a budget each`,
        ...cells(costWith(projects)),
      ]),
      ...PARTITIONS.map((partitions) => [
        `20 keys, ${partitions} partitions in one process`,
        ...cells(coreCost(spreadOver(encodedEvents(), partitions), viewOf())),
      ]),
      ...REMEMBERED.map((requests) => [
        `drop-duplicates alone, ${requests} requests remembered`,
        memoryMicros(requests).toFixed(2),
        '',
        '',
      ]),
    ],
    notes: [
      '400,000 events, of which the first quarter is not counted; with more projects, or more partitions, fewer events share a scope and a second, so more deltas are written',
    ],
  }
}

function cells({ eventMicros, deltasPerEvent }: CoreCost): string[] {
  return [eventMicros.toFixed(2), deltasPerEvent.toFixed(2), (eventMicros / deltasPerEvent).toFixed(1)]
}

function costWith(projects: number): CoreCost {
  if (projects === 0) return coreCost([encodedEvents()], viewOf())
  const records = encodedEvents((event, index) => ofProbe(event, index % projects))
  return coreCost([records], viewOf(benchOrganization(projects)))
}

function ofProbe(event: UsageEvent, index: number): UsageEvent {
  return {
    ...event,
    api_key_id: probeKey(index),
    usage_labels: {
      team: 'probes',
      cost_center: 'CC-9000',
      project: probeProject(index),
      environment: 'prod',
    },
  }
}

function memoryMicros(requests: number): number {
  const seen = new SeenRequests({ windowMs: DAY_MS })
  const hash = new Int32Array(4)
  const next = (index: number): Int32Array => {
    // Each number another one, spread over all slots.
    hash[0] = Math.imul(index, 0x9e3779b1)
    hash[1] = Math.imul(index, 0x85ebca77)
    hash[2] = index
    hash[3] = Math.imul(index, 0xc2b2ae3d)
    return hash
  }
  for (let index = 0; index < requests; index += 1) seen.add(next(index), DAY_MS)
  const seconds = cpuSecondsOf(() => {
    for (let index = requests; index < requests + LOOKED_UP; index += 1) {
      if (!seen.has(next(index))) seen.add(hash, DAY_MS)
    }
  })
  return (seconds * 1e6) / LOOKED_UP
}
